"""The chapters as notebooks, for students and for nbgrader."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import nbformat

from grader.release.course import nbgrader_course
from grader.release.repository import find_solutions
from tests.testing.released import student_files

LANGUAGES = ("en", "ru")
CHECKS = 5
"""The number of cells of a chapter that give points."""


@cache
def _course() -> dict[str, bytes]:
    return dict(nbgrader_course(find_solutions()))


def chapter(language: str, *, filled_in: bool = False) -> Any:
    """Return the notebook that students receive, or hand in."""
    content = student_files(filled_in=filled_in)[f"perceptron_{language}.ipynb"]
    return nbformat.reads(content.decode(), as_version=4)


def source(language: str) -> Any:
    """Return the notebook that an instructor gives to nbgrader."""
    content = _course()[f"source/perceptron_{language}/perceptron_{language}.ipynb"]
    return nbformat.reads(content.decode(), as_version=4)


def write_tests(folder: Path) -> None:
    """Write to `folder` the tests that a chapter's `check` runs. They lie beside a chapter of the course."""
    beside = "source/perceptron_en/"
    for name, content in _course().items():
        if name.startswith(f"{beside}student/"):
            path = folder / name.removeprefix(beside)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def code_of(notebook: Any) -> list[Any]:
    """Return the code cells."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]
