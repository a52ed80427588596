"""Run the instructor's workflow on a clean machine. It fetches students' repositories and grades them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from grader.release.automation import instructor_repository
from grader.release.repository import find_solutions, student_folder
from tests.testing.workflow import Machine, git
from tests.testing.workflow import repository as git_repository

VARIABLES = {
    "GRADER_SOURCE": "perceptron-grader==0.2.0",
    "GRADER_OPTIONS": "--only structure --dataset digits --jobs 1",
    "STUDENT_PREFIX": "mnist-",
}


@pytest.fixture
def workflow() -> str:
    """Return the workflow that `grader release --instructor` writes."""
    return instructor_repository("")[".github/workflows/grade.yml"].decode()


def test_everybody_with_the_prefix_is_graded(workflow: str, tmp_path: Path) -> None:
    """Every repository with the prefix is graded, and no other.

    Empty ones are too; missing points don't fail the job.
    """
    machine = Machine(tmp_path / "machine", VARIABLES)
    solved = {f"student/{name}": each for name, each in student_folder(find_solutions(), filled_in=True).items()}
    repositories = machine.root / "home" / "repositories"
    git_repository(repositories / "mnist-alice", {**solved, "README.md": "mine"})
    git_repository(repositories / "mnist-bob", {})
    git_repository(repositories / "thesis", {"student/net.py": "raise SystemExit"})
    machine.carry_out(workflow)
    assert machine.failed is None, machine.log
    text = (machine.root / "temp" / "grades" / "grades.csv").read_text(encoding="utf-8-sig")
    rows = {row["submission"]: row["score"] for row in csv.DictReader(text.splitlines())}
    assert sorted(rows.values()) == ["0", "20"]
    assert [name.endswith("alice") for name, score in rows.items() if score == "20"] == [True]
    assert "2 submissions" in machine.summary
    assert [command.name for command in machine.commands] == ["stop-commands"]
    assert machine.actions[-1] == "actions/upload-artifact"


@pytest.mark.parametrize(
    ("prefix", "said"), [("", "Set the Actions variable STUDENT_PREFIX"), ("chess-", "begins with chess-")]
)
def test_nothing_to_fetch_is_told(workflow: str, prefix: str, said: str, tmp_path: Path) -> None:
    """Without a repository to fetch, the job fails and says why. It does not grade a class of nobody."""
    machine = Machine(tmp_path / "machine", {**VARIABLES, "STUDENT_PREFIX": prefix})
    git_repository(machine.root / "home" / "repositories" / "mnist-alice", {})
    machine.carry_out(workflow, only="fetch")
    assert machine.failed == "Fetch the submissions"
    (command,) = machine.commands
    assert said in command.message


def test_who_cannot_be_fetched_stops_nobody_else(workflow: str, tmp_path: Path) -> None:
    """A repository that cannot be fetched is named, and the job fails in the end. All others are graded.

    What a student has pushed can be the reason, such as a name that no disk takes.
    """
    machine = Machine(tmp_path / "machine", VARIABLES)
    repositories = machine.root / "home" / "repositories"
    (repositories / "mnist-carol").mkdir(parents=True)  # listed, but no repository
    endless = git_repository(repositories / "mnist-dave", {"net.py": ""})
    empty = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
    git(endless, "update-index", "--add", "--cacheinfo", f"100644,{empty},{'x' * 300}##[add-mask]x")
    git(endless, "commit", "--quiet", "--message", "a name that no disk takes")
    git_repository(repositories / "mnist-zoe", {"student/net.py": ""})
    machine.carry_out(workflow, only="fetch")
    assert machine.failed is None
    temp = machine.root / "temp"
    assert [path.name for path in (temp / "submit").iterdir()] == ["mnist-zoe"]
    assert [command.message.split()[0] for command in machine.commands] == ["mnist-carol", "mnist-dave"]
    assert "##[" not in machine.log

    (temp / "grade").write_text("#!/bin/sh\necho graded $1\n", encoding="utf-8")
    (temp / "grade").chmod(0o755)
    machine.carry_out(workflow, only="run")
    assert "graded submit/" in machine.log
    assert machine.failed == "Grade"
    (temp / "not-fetched").write_text("")
    machine.failed = None
    assert machine.carry_out(workflow, only="run").failed is None
