"""Tests of notebook cells that ask the grader for points. nbgrader executes nothing else."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest

from grader.autograde import OUT, PLACEHOLDER, points, summary
from grader.errors import GraderFault
from grader.release.strip import reveal
from tests.testing.homework import NAME, QUICK, filled_in, hand_in, scores
from tests.testing.nbgrader_course import Course
from tests.testing.runs import HONEST_NET

LOADS = {"category": "structure", "id": "structure/loads", "status": "failed", "message": "no", "max_score": 3.0}


def forged(notebook: Any, name: str, code: str, **marks: Any) -> Any:
    """`notebook` with a points cell that the student made."""
    usual = {"grade": True, "locked": True, "solution": False, "task": False, "schema_version": 3, "points": 5}
    cell = nbformat.v4.new_code_cell(code, metadata={"nbgrader": {"grade_id": name, **usual, **marks}})
    copy = filled_in(notebook, {name: ""})
    copy.cells.insert(0, cell)
    return copy


@dataclass(frozen=True)
class Refused:
    """A course in which the grader failed on everybody.

    It has nbgrader's log, and the file that students' code would leave.
    """

    course: Course
    log: str
    trace: Path


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> Refused:
    """Four students whose code would leave a trace.

    It stands in cells of their own, and in some that look like ours.
    """
    folder = tmp_path_factory.mktemp("refused")
    course, trace = Course(folder / "course"), folder / "trace"
    released = course.generate(NAME)
    code = f"open({str(trace)!r}, 'w').close()"
    call = 'from grader.autograde import points; points("dropout", of=15, lang="en")'
    hand_in(course, "plain", filled_in(released, dict.fromkeys(("net", "objective", "training"), code)))
    hand_in(course, "forged", forged(released, "forged", f"{code}\n{call}"))
    hand_in(course, "changed", forged(released, "points-dropout", f"{code}\n{call}", points=15))
    hand_in(course, "marked", forged(released, "net", f"{code}\n{call}", solution=True, locked=False))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADER_AUTOGRADE", "--no-such-option")
        done = course.nbgrader().autograde(NAME, "*")
    assert not done["success"]
    return Refused(course, done["log"], trace)


def test_nothing_that_a_student_wrote_runs_in_the_kernel(refused: Refused) -> None:
    """No student's code runs in the kernel.

    That holds for their cells, for forged ones, and for ours with a line more.
    """
    assert not refused.trace.exists()


def test_what_the_grader_cannot_do_is_no_points_at_all(refused: Refused) -> None:
    """A grader fault gives no points, never a 0. The submission is marked for a person, and nbgrader's log says why."""
    assert "no points were given: GraderFault: the grader ended with 2" in refused.log
    assert "--no-such-option" in refused.log
    found = scores(refused.course)
    assert found.keys() == {"plain", "forged", "changed", "marked"}
    assert {score for cells in found.values() for score in cells.values()} == {(None, True)}
    assert not any((refused.course.folder / "autograded").glob(f"*/{NAME}"))


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An untouched homework in the working directory. A course with its own `nbgrader_config.py` looks like this."""
    from grader.release.course import nbgrader_course
    from grader.release.repository import find_solutions

    for name in ("GRADER_NOTEBOOK", "GRADER_STUDENT", OUT):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    path = tmp_path / f"{NAME}.ipynb"
    path.write_bytes(nbgrader_course(find_solutions())[f"source/{NAME}/{NAME}.ipynb"])
    return path


def test_the_notebook_beside_is_graded_once(
    alone: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The notebook beside the cells is graded only once.

    The points are plain floats, nothing is on stderr, and a second category needs no run.
    """
    monkeypatch.setenv("GRADER_AUTOGRADE", "--dataset digits --only structure,integrity")
    notebook = nbformat.read(alone, as_version=4)
    cells = {c.metadata.nbgrader.grade_id: reveal(c.source) for c in notebook.cells if "nbgrader" in c.metadata}
    nbformat.write(filled_in(notebook, {**cells, **QUICK, "net": HONEST_NET}), alone)
    found = points("structure", of=20)
    assert (type(found), found) == (float, 20.0)
    monkeypatch.setenv("GRADER_AUTOGRADE", "--no-such-option")
    assert points("integrity", of=0) == 0.0
    with pytest.raises(GraderFault, match="structure is worth 20 points now and 25 in this course"):
        points("structure", of=25)
    assert capfd.readouterr().err == ""


def test_a_placeholder_is_never_graded(alone: Path) -> None:
    """A placeholder is refused, never graded. It stands for work that was handed in elsewhere."""
    notebook = json.loads(alone.read_bytes())
    notebook["metadata"][PLACEHOLDER] = {}
    alone.write_text(json.dumps(notebook), encoding="utf-8")
    with pytest.raises(GraderFault, match="not handed in through nbgrader"):
        points("structure", of=20)


def test_one_notebook_asks(alone: Path) -> None:
    """With two notebooks beside each other grading is refused."""
    shutil.copy(alone, alone.with_name("other.ipynb"))
    with pytest.raises(GraderFault, match="holds 2 notebooks with cells for points"):
        points("structure", of=20)


def test_a_line_for_each_test_that_failed() -> None:
    """Each failed test has a line in the summary. Blocked tests have none, unless everything is blocked."""
    waits = {**LOADS, "id": "structure/builds", "status": "blocked", "message": "waits", "score": 0.0}
    lost, passed = {**LOADS, "score": 0.1}, {**LOADS, "status": "passed", "score": 0.2}
    assert summary([lost, waits, passed], "structure") == (0.3, 9.0, ["structure/loads: no"])
    assert summary([waits, waits], "structure") == (0.0, 6.0, ["structure/builds: waits"])
    assert summary([lost], "dropout") == (0.0, 0.0, [])
