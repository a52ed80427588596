"""The student repository is current and complete. It gives nothing hidden away."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from grader.judge.collect import collect
from grader.release.repository import find_solutions, leaks, repository, student_folder
from grader.release.verify import CLAIMS, solutions_pass
from tests.testing.courses import other_assignment

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("claim", CLAIMS)
def test_kit_proves_itself(claim: str) -> None:
    """Every claim of `grader verify` holds."""
    assert CLAIMS[claim]() == []


def test_rules_that_the_solutions_break_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where solutions do not pass by another assignment, `grader verify` names the tests."""
    other = other_assignment(tmp_path)
    printed = "1. [structure/layers] The network has fewer hidden layers.\n=== points ===\nRepair what stands first.\n"
    asked: list[bytes] = []

    def tested(files: Mapping[str, bytes]) -> tuple[int, str]:
        asked.append(files["_kit/about.json"])
        return 1, printed

    monkeypatch.setattr("grader.release.verify._pytest", tested)
    assert solutions_pass(other) == ["1. [structure/layers] The network has fewer hidden layers."]
    assert json.loads(asked[0])["rules"]["min_hidden_layers"] == 3


def test_committed_student_folder_is_current() -> None:
    """`student/` is what `grader release` would write."""
    done = subprocess.run(
        [sys.executable, "-m", "grader", "release", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_leaked_solution_line_is_found() -> None:
    """A solution line in the release is found as a leak."""
    solutions = find_solutions()
    filled_in = {f"student/{name}": content for name, content in student_folder(solutions, filled_in=True).items()}
    assert any("net.py" in leak for leak in leaks(solutions, filled_in))


def test_a_leaked_hidden_test_is_found() -> None:
    """The name or the id of a hidden test is a leak."""
    solutions = find_solutions()
    assert leaks(solutions, {"student/notes.md": b"see accuracy/low-bar"})
    assert leaks(solutions, {"student/test_x.py": b"def test_own_labels(): ..."})


def test_release_has_everything_a_student_needs() -> None:
    """A release has everything that a student needs. That is stubs, tests, a handout, dependencies and the workflow."""
    files = set(repository(find_solutions()))
    expected = {"README.md", "pyproject.toml", ".gitattributes", ".github/workflows/classroom.yml"}
    expected |= {"student/conftest.py", "student/_kit/README.md"}
    expected |= {f"student/{name}.py" for name in ("__init__", "net", "objective", "training", "test_training")}
    assert expected <= files


def test_what_students_have_is_there_where_they_are_graded() -> None:
    """The grader installs every package that students have."""
    grader = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    students = tomllib.loads(repository(find_solutions())["pyproject.toml"].decode())
    names = [
        {re.split(r"[<>=~!; \[]", line)[0] for line in project["project"]["dependencies"]}
        for project in (grader, students)
    ]
    assert names[1] <= names[0]


def test_visible_tests_are_the_hidden_ones() -> None:
    """Students' visible tests are those that the grader marks visible."""
    about = json.loads(student_folder(find_solutions())["_kit/about.json"])
    assert about["visible"] == [test.id for test in collect().values() if test.visible]


def test_release_refuses_a_folder_that_is_in_use(tmp_path: Path) -> None:
    """`grader release` refuses a folder that is not empty. It overwrites nothing."""
    (tmp_path / "thesis.txt").write_text("important", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "grader", "release", tmp_path], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "not an empty folder" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Copy the parts of this checkout that a release needs."""
    for name in ("grader", "solutions", "student"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", ".*_cache"))
    return tmp_path


def released_in(checkout: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run `grader release` in that copy."""
    command = [sys.executable, "-m", "grader", "release", *options]
    return subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)


def test_check_names_what_is_not_current(checkout: Path) -> None:
    """`--check` names each file of `student/` that is not current. A file may be changed, missing or foreign."""
    with (checkout / "student" / "net.py").open("a", encoding="utf-8") as file:
        file.write("# changed by hand\n")
    (checkout / "student" / "plots.py").unlink()
    (checkout / "student" / "notes.txt").write_text("mine", encoding="utf-8")
    done = released_in(checkout, "--check")
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "student/net.py",
        "student/plots.py (missing)",
        "student/notes.txt (not written by the release)",
        "student/ is stale: run `grader release --update`",
    ]
    assert released_in(checkout, "--update").returncode == 0
    assert released_in(checkout, "--check").returncode == 0
    assert not (checkout / "student" / "notes.txt").exists()


def test_a_release_that_gives_something_away_is_not_written(checkout: Path) -> None:
    """A release with a solution line is not written. The command stops before it writes."""
    readme = checkout / "grader" / "release" / "templates" / "repository" / "README.md"
    with readme.open("a", encoding="utf-8") as file:
        file.write("return nn.CrossEntropyLoss(label_smoothing=0.05)\n")
    done = released_in(checkout, "new")
    assert done.returncode == 2
    assert "README.md: solution line" in done.stderr
    assert not (checkout / "new").exists()


def test_the_solution_in_a_chapter_is_not_released() -> None:
    """A solution line of a chapter is a leak, too. The source of a chapter does not pass the check."""
    solutions = find_solutions()
    source = {"student/x.md": (solutions / "perceptron_en.py").read_bytes()}
    assert any("loss.backward()  # 4." in leak for leak in leaks(solutions, source))


def lines_of(path: Path) -> set[str]:
    """Return the lines of a file without their indent. A notebook gives the lines of its cells."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        text = "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])
    return {line.strip() for line in text.splitlines()}


def test_a_release_holds_nothing_secret(tmp_path: Path) -> None:
    """A written release holds nothing secret.

    It has no mark, no line that stands only between marks, and no name of a hidden test.
    """
    done = released_in(ROOT, str(tmp_path / "homework"))
    assert done.returncode == 0, done.stderr
    secret, given = set(), set()
    for path in sorted((ROOT / "solutions").glob("*.py")):
        inside = False
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip().startswith(("### BEGIN", "### END")):
                inside = "BEGIN" in line
            else:
                (secret if inside else given).add(line.strip())
    secret = {line for line in secret - given if len(line) >= 12}
    assert len(secret) > 100
    hidden_tests = set()
    for path in (ROOT / "grader" / "hidden").glob("test_*.py"):
        blocks = path.read_text(encoding="utf-8").split("\n\n\n")
        hidden_tests |= {re.search(r"def (test_\w+)", b)[1] for b in blocks if "def test_" in b and "@visible" not in b}
    assert "test_low_bar" in hidden_tests
    for path in (tmp_path / "homework").rglob("*"):
        if path.is_file():
            lines = lines_of(path)
            assert not any("### BEGIN" in line or "### END" in line for line in lines), path
            assert not any(name in line for name in hidden_tests for line in lines), path
            assert "_kit" in path.parts or not secret & lines, path
