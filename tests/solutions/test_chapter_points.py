"""nbgrader gives a chapter's checks their points. It generates the notebook that is released."""

from __future__ import annotations

import re
from collections.abc import Iterator

import nbformat
import pytest

from grader.release.strip import DEFAULT_STUB
from tests.testing.chapters import LANGUAGES, chapter, source
from tests.testing.nbgrader_course import Course, ExecuteInOneKernel, one_kernel


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Course]:
    """Make the course that `grader release --nbgrader DIR` writes."""
    with one_kernel():
        yield Course(tmp_path_factory.mktemp("nbgrader") / "course")


@pytest.mark.parametrize("language", LANGUAGES)
def test_nbgrader_generates_what_is_released(language: str, course: Course) -> None:
    """nbgrader generates the notebook that is released.

    `nbgrader generate_assignment` on the source gives its cells.
    """
    generated = course.generate(f"perceptron_{language}").cells
    released = chapter(language).cells
    assert [cell.source for cell in generated] == [cell.source for cell in released]
    assert sum(DEFAULT_STUB in cell.source for cell in released) == 3
    for cell, ours in zip(generated, released, strict=True):
        theirs = cell.metadata.get("nbgrader", {})
        assert {key: theirs.get(key) for key in ours.metadata.get("nbgrader", {})} == ours.metadata.get("nbgrader", {})


NOISE = """
    import logging, os, warnings
    warnings.warn("a warning")
    logging.getLogger("student").warning("a log")
    print("a print", file=sys.stderr)
    os.write(2, b"from C++")
"""


def solved() -> dict[str, str]:
    """Return the solution of each cell to be filled in, by id."""
    marked = [cell for cell in source("en").cells if cell.metadata.get("nbgrader", {}).get("solution")]
    return {
        cell.metadata["nbgrader"]["grade_id"]: re.sub(r"(?m)^ *### (?:BEGIN|END) SOLUTION\n?", "", cell.source)
        for cell in marked
    }


def noisy(solution: dict[str, str]) -> dict[str, str]:
    """Return a solution that writes warnings and more to stderr."""
    begin = "    model.train()\n"
    assert begin in solution["training"]
    net = solution["net"].replace(
        "        scores = self.layers", NOISE.replace("    ", "        ") + "        scores = self.layers"
    )
    return {**solution, "net": net, "training": solution["training"].replace(begin, NOISE + begin)}


def hand_in(course: Course, student: str, filled_in: dict[str, str], **changed: str) -> None:
    """Submit the released notebook with these solutions.

    Other cells may be changed or, where empty, deleted. The cells between, which train and show for minutes, are left
    out, and with them the accuracy.
    """
    notebook = nbformat.read(course.folder / "release" / "perceptron_en" / "perceptron_en.ipynb", as_version=4)
    cells = []
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = {**filled_in, **changed}.get(name, cell.source)
        if cell.source and (name or "import torch" in cell.source):
            cells.append(cell)
    notebook.cells = cells
    folder = course.folder / "submitted" / student / "perceptron_en"
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / "perceptron_en.ipynb")


def lost_in(course: Course) -> dict[str, dict[str, float]]:
    """Return the points that each student lost, by check. They are read from the gradebook."""
    with course.book as book:
        return {
            submission.student.id: {
                grade.name: grade.max_score - grade.auto_score
                for grade in submission.notebooks[0].grades
                if grade.auto_score < grade.max_score
            }
            for submission in book.assignment_submissions("perceptron_en")
        }


def test_nbgrader_grades_check_by_check(course: Course) -> None:
    """nbgrader grades check by check.

    What is right has its points however much it writes to stderr; a mistake costs those of its own tests alone. Whoever
    has changed a check is named, and the check is put back.
    """
    course.generate("perceptron_en")
    right = noisy(solved())
    hand_in(course, "right", right, **{"net-check": "20.0"})
    without_dropout = right["net"].replace("            nn.Dropout(0.2),\n", "")
    hand_in(course, "partly", {"net": without_dropout, "objective": right["objective"]})
    said = course.autograde("perceptron_en", ExecuteInOneKernel)
    lost = lost_in(course)
    assert {lost[name].pop("accuracy") for name in lost} == {30}, "none of them has come to it"
    assert lost["right"] == {}
    assert lost["partly"] == {"dropout-check": 11, "training-check": 20}
    assert re.findall(r"'checksum' for cell ([\w-]+) has changed", said) == ["net-check"]
