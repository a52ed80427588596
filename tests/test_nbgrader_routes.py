"""An nbgrader course gives the same points by both routes.

They are `nbgrader autograde` on its own, and results that are pushed.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import nbformat
import pytest

from grader.cli import run
from tests.testing.homework import NAME, QUICK, filled_in, hand_in, scores
from tests.testing.nbgrader_course import Course
from tests.testing.runs import HONEST_NET

HANDED_IN = {
    "right": {**QUICK, "net": HONEST_NET},
    "partly": {**QUICK, "net": HONEST_NET.replace("nn.Dropout(0.2)", "nn.Identity()")},
    "broken": {**QUICK, "net": "import os\nos._exit(0)", "points-structure": "", "points-dropout": ""},
}


def test_both_routes_give_the_same_points(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both routes lead to the same grade book. Work is right, partly right or broken, and cells are deleted.

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
    assert run(["export", "nbgrader", str(course.folder / "grades"), "--course", str(pushed.folder), "--trials"]) == 0

    found = scores(course)
    assert found == scores(pushed)
    total = {student: sum(score for score, _ in cells.values()) for student, cells in found.items()}
    assert total["right"] > total["partly"] + 10 > total["broken"] + 10
    assert (found["right"]["points-dropout"], found["partly"]["points-dropout"]) == ((15, False), (4, False))
    assert course.nbgrader().generate_feedback(NAME)["success"]
    page = (course.folder / "feedback" / "partly" / NAME / f"{NAME}.html").read_text(encoding="utf-8")
    assert "(Score: 4.0 / 15.0)" in page
    assert "dropout/random-in-train: Two passes in train mode" in page
    for one in (course, pushed):
        graded = nbformat.read(one.folder / "autograded" / "partly" / NAME / f"{NAME}.ipynb", as_version=4)
        lines = {line for cell in graded.cells if "points" in str(cell.metadata) for line in cell.source.splitlines()}
        assert lines
        assert {line for line in lines if not line.startswith(("#", "from grader.autograde import points;"))} == set()
    grades = json.loads((course.folder / "grades" / "right" / "result.json").read_bytes())
    assert grades["score"] == total["right"], "the feedback of the grader lies in the course"
