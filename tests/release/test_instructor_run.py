"""Run the instructor's workflow on a clean machine. It fetches students' repositories and grades them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from grader.release.automation import instructor_repository
from grader.release.repository import find_solutions, student_folder
from tests.testing.workflow import Machine
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


def test_who_cannot_be_fetched_stops_the_run(workflow: str, tmp_path: Path) -> None:
    """A repository that cannot be fetched stops the run. Nobody disappears without a word."""
    machine = Machine(tmp_path / "machine", VARIABLES)
    (machine.root / "home" / "repositories" / "mnist-carol").mkdir(parents=True)  # listed, but no repository
    machine.carry_out(workflow, only="fetch")
    assert machine.failed == "Fetch the submissions"
