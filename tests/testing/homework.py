"""The homework of an nbgrader course, quick to grade."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat

from tests.testing.nbgrader_course import Course
from tests.testing.runs import HONEST_OBJECTIVE, TRAINING

NAME = "homework_en"
QUICK = {"objective": HONEST_OBJECTIVE.replace("= 32, 6", "= 32, 1"), "training": TRAINING}
"""Cells by id, for a training of one epoch."""


def filled_in(notebook: Any, cells: dict[str, str]) -> Any:
    """Return `notebook` with `cells` filled in, by id. Cells without code are deleted."""
    copy = nbformat.from_dict(json.loads(json.dumps(notebook)))
    for cell in copy.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = cells.get(name, cell.source)
    copy.cells = [cell for cell in copy.cells if cell.source]
    return copy


def hand_in(course: Course, student: str, notebook: Any) -> Path:
    """Submit a notebook and a file named like the grader. If the kernel could see that file, it would be run."""
    folder = course.folder / "submitted" / student / NAME
    folder.mkdir(parents=True)
    (folder / "grader.py").write_text("raise SystemExit('not the grader')\n", encoding="utf-8")
    nbformat.write(notebook, folder / f"{NAME}.ipynb")
    return folder / f"{NAME}.ipynb"


def scores(course: Course) -> dict[str, dict[str, tuple[float, bool]]]:
    """Return automatic points by student and cell. Each comes with whether a person has to look."""
    with course.book as book:
        return {
            one.student.id: {
                grade.name: (grade.auto_score, grade.needs_manual_grade) for grade in one.notebooks[0].grades
            }
            for one in book.assignment_submissions(NAME)
        }
