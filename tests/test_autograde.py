"""Points of an nbgrader course by both routes: `nbgrader autograde` on its own, and results that are pushed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest

from grader.autograde import OUT, PLACEHOLDER, points, summary
from grader.cli import run
from grader.errors import GraderFault
from grader.release.strip import reveal
from tests.testing.nbgrader_course import Course
from tests.testing.runs import HONEST_NET, HONEST_OBJECTIVE, TRAINING

QUICK = {"objective": HONEST_OBJECTIVE.replace("= 32, 6", "= 32, 1"), "training": TRAINING}
HANDED_IN = {
    "right": {**QUICK, "net": HONEST_NET},
    "partly": {**QUICK, "net": HONEST_NET.replace("nn.Dropout(0.2)", "nn.Identity()")},
    "broken": {**QUICK, "net": "import os\nos._exit(0)", "points-structure": "", "points-dropout": ""},
}
NAME = "homework_en"
LOADS = {"category": "structure", "id": "structure/loads", "status": "failed", "message": "no", "max_score": 3.0}


def filled_in(notebook: Any, cells: dict[str, str]) -> Any:
    """`notebook` with other code in the cells of these ids; those with none are deleted."""
    copy = nbformat.from_dict(json.loads(json.dumps(notebook)))
    for cell in copy.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = cells.get(name, cell.source)
    copy.cells = [cell for cell in copy.cells if cell.source]
    return copy


def hand_in(course: Course, student: str, notebook: Any) -> Path:
    """Submit a notebook, and a file that would take the grader's place if the kernel could see it."""
    folder = course.folder / "submitted" / student / NAME
    folder.mkdir(parents=True)
    (folder / "grader.py").write_text("raise SystemExit('not the grader')\n", encoding="utf-8")
    nbformat.write(notebook, folder / f"{NAME}.ipynb")
    return folder / f"{NAME}.ipynb"


def scores(course: Course) -> dict[str, dict[str, tuple[float, bool]]]:
    """By student and cell, the automatic points and whether a person has to look."""
    with course.book as book:
        return {
            one.student.id: {
                grade.name: (grade.auto_score, grade.needs_manual_grade) for grade in one.notebooks[0].grades
            }
            for one in book.assignment_submissions(NAME)
        }


def test_both_routes_give_the_same_points(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Right, partly right and broken work, cells deleted: the same grade book, whichever route it came by.

    What was graded for one route is found again by the other, which is also why this takes no second training. No cell
    of a student's is executed by nbgrader, and no hidden test is shown.
    """
    monkeypatch.setenv("GRADER_AUTOGRADE", "--dataset digits")
    course = Course(tmp_path / "course")
    released = course.generate(NAME)
    assert not any("grader.autograde" in cell.source for cell in released.cells)
    (tmp_path / "submit").mkdir()
    for student, cells in HANDED_IN.items():
        shutil.copy(hand_in(course, student, filled_in(released, cells)), tmp_path / "submit" / f"{student}.ipynb")
    pushed = Course.opened(tmp_path / "pushed")
    shutil.copytree(course.folder, pushed.folder)

    assert run(["--dataset", "digits", "--out", str(course.folder / "grades"), str(tmp_path / "submit")]) == 1
    course.autograde(NAME)
    assert run(["export", "nbgrader", str(course.folder / "grades"), "--course", str(pushed.folder)]) == 0

    found = scores(course)
    assert found == scores(pushed)
    total = {student: sum(score for score, _ in cells.values()) for student, cells in found.items()}
    assert total["right"] > total["partly"] + 10 > total["broken"] + 10
    assert (found["right"]["points-dropout"], found["partly"]["points-dropout"]) == ((15, False), (4, False))
    for one in (course, pushed):
        assert one.nbgrader().generate_feedback(NAME)["success"]
        page = (one.folder / "feedback" / "partly" / NAME / f"{NAME}.html").read_text(encoding="utf-8")
        assert "(Score: 4.0 / 15.0)" in page
        assert "dropout/random-in-train: Two passes in train mode" in page
        graded = nbformat.read(one.folder / "autograded" / "partly" / NAME / f"{NAME}.ipynb", as_version=4)
        lines = {line for cell in graded.cells if "HIDDEN" in cell.source for line in cell.source.splitlines()}
        assert {line for line in lines if not line.startswith(("#", "from grader.autograde import points;"))} == set()
    grades = json.loads((course.folder / "grades" / "right" / "result.json").read_bytes())
    assert grades["score"] == total["right"], "the feedback of the grader lies in the course"


def test_what_the_grader_cannot_do_is_no_points_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault leaves a submission without points, marked for a person, and nbgrader says why. It is never a 0."""
    monkeypatch.setenv("GRADER_AUTOGRADE", "--no-such-option")
    course = Course(tmp_path / "course")
    hand_in(course, "ada", filled_in(course.generate(NAME), {}))
    done = course.nbgrader().autograde(NAME, "ada")
    assert not done["success"]
    assert "no points were given: GraderFault: the grader ended with 2" in done["log"]
    assert "--no-such-option" in done["log"]
    assert set(scores(course)["ada"].values()) == {(None, True)}
    assert not (course.folder / "autograded" / "ada" / NAME).exists()


def forged(notebook: Any, name: str, code: str, **marks: Any) -> Any:
    """`notebook` with a cell for points of the student's own making."""
    usual = {"grade": True, "locked": True, "solution": False, "task": False, "schema_version": 3, "points": 5}
    cell = nbformat.v4.new_code_cell(code, metadata={"nbgrader": {"grade_id": name, **usual, **marks}})
    copy = filled_in(notebook, {name: ""})
    copy.cells.insert(0, cell)
    return copy


def test_nothing_that_a_student_wrote_runs_in_the_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a cell of theirs, nor one that is marked as one of ours, nor ours with a line more."""
    monkeypatch.setenv("GRADER_AUTOGRADE", "--no-such-option")
    course = Course(tmp_path / "course")
    released = course.generate(NAME)
    trace = tmp_path / "trace"
    code = f"open({str(trace)!r}, 'w').close()"
    call = 'from grader.autograde import points; points("dropout", of=15, lang="en")'
    hand_in(course, "plain", filled_in(released, dict.fromkeys(("net", "objective", "training"), code)))
    hand_in(course, "forged", forged(released, "forged", f"{code}\n{call}"))
    hand_in(course, "changed", forged(released, "points-dropout", f"{code}\n{call}", points=15))
    hand_in(course, "marked", forged(released, "net", f"{code}\n{call}", solution=True, locked=False))
    done = course.nbgrader().autograde(NAME, "*")
    assert not done["success"]
    assert not trace.exists()
    assert {score for cells in scores(course).values() for score in cells.values()} == {(None, True)}


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An untouched homework in the working directory, as with an `nbgrader_config.py` of the course's own."""
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
    """Plain floats, nothing on stderr, and a second category costs no second run."""
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
    """What was handed in elsewhere would have no points here."""
    notebook = json.loads(alone.read_bytes())
    notebook["metadata"][PLACEHOLDER] = {}
    alone.write_text(json.dumps(notebook), encoding="utf-8")
    with pytest.raises(GraderFault, match="not handed in through nbgrader"):
        points("structure", of=20)


def test_one_notebook_asks(alone: Path) -> None:
    """Of two nobody can tell which."""
    shutil.copy(alone, alone.with_name("other.ipynb"))
    with pytest.raises(GraderFault, match="holds 2 notebooks with cells for points"):
        points("structure", of=20)


def test_a_line_for_each_test_that_failed() -> None:
    """What waits for them is not repeated; where everything waits, one line says so."""
    waits = {**LOADS, "id": "structure/builds", "status": "blocked", "message": "waits", "score": 0.0}
    lost, passed = {**LOADS, "score": 0.1}, {**LOADS, "status": "passed", "score": 0.2}
    assert summary([lost, waits, passed], "structure") == (0.3, 9.0, ["structure/loads: no"])
    assert summary([waits, waits], "structure") == (0.0, 6.0, ["structure/builds: waits"])
    assert summary([lost], "dropout") == (0.0, 0.0, [])
