"""An nbgrader course with the chapters and the homework.

The chapters have solutions and tests; the points of the homework come from the grader.

`nbgrader generate_assignment perceptron_en` in its folder then writes the notebook that a release holds. Beside each
chapter lies what its `check` runs, which nbgrader hands out and puts back before it grades.
"""

from __future__ import annotations

import re
from pathlib import Path

from grader.assignment import Assignment, AssignmentFile, assignment_in
from grader.release.automation import ASSIGNMENT
from grader.release.homework import homework
from grader.release.notebook import to_notebook
from grader.release.repository import LANGUAGE_OF_CHAPTER, LANGUAGE_OF_NOTEBOOK, chapter, student_folder
from grader.release.strip import DEFAULT_STUB

_TEMPLATE = Path(__file__).with_name("templates") / "course"
_OF_CHECK = re.compile(
    r"(?:__init__|checking|watch|keyboard|language|threads|data|conftest|test_(?!full)\w+)\.py|_kit/.+"
)
"""Files that `check` of a chapter works with. No `net.py`: where one lies, the submission does."""
_PHASES = 20
"""Bound on the phases of any job."""
_SLOWEST = 4
"""Slowest machine, against the reference machine. A grading that takes longer is stuck for nbgrader."""


def grading_seconds(assignment: Assignment) -> int:
    """Return the seconds after which nbgrader gives up. They are more than the grader's own limits ever come to."""
    limits = assignment.limits
    once = limits.train_seconds + _PHASES * max(limits.probe_seconds, limits.predict_seconds)
    trainings = 1 + max(bars.retrain_seeds for bars in assignment.accuracy.values())
    return round(_SLOWEST * trainings * once)


def _configuration(assignment: Assignment) -> bytes:
    text = (_TEMPLATE / "nbgrader_config.py").read_text(encoding="utf-8")
    text = text.replace('"__CODE_STUB__"', repr(DEFAULT_STUB))
    return text.replace('"__GRADING_SECONDS__"', str(grading_seconds(assignment))).encode()


def nbgrader_course(solutions: Path, given: AssignmentFile | None = None) -> dict[str, bytes]:
    """The files of the course, by path.

    Args:
        solutions: the hand-written copy of the assignment.
        given: the assignment, of which the course gets a copy; None for the one that comes with the grader.
    """
    assignment = assignment_in(given)
    files = {"nbgrader_config.py": _configuration(assignment)}
    if given:
        files[ASSIGNMENT] = given.text.encode()
    student = student_folder(solutions, assignment=assignment)
    tests = {name: content for name, content in student.items() if _OF_CHECK.fullmatch(name)}
    for script, notebook in LANGUAGE_OF_NOTEBOOK.items():
        whole = to_notebook(chapter(solutions, script, assignment))
        language = LANGUAGE_OF_CHAPTER[script]
        name = f"homework_{language}"
        files[f"source/{Path(notebook).stem}/{notebook}"] = whole
        files |= {f"source/{Path(notebook).stem}/student/{test}": content for test, content in tests.items()}
        files[f"source/{name}/{name}.ipynb"] = homework(whole, language, assignment)
    return files
