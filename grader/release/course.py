"""An nbgrader course made of the chapters: one assignment per language, solutions and hidden tests in place.

`nbgrader generate_assignment perceptron_en` in its folder then writes the notebook that a release holds.
"""

from __future__ import annotations

from pathlib import Path

from grader.release.notebook import to_notebook
from grader.release.repository import LANGUAGE_OF_NOTEBOOK
from grader.release.strip import DEFAULT_STUB

_CONFIGURATION = f"""c = get_config()
c.CourseDirectory.course_id = "perceptron"
c.ClearSolutions.code_stub = {{"python": {DEFAULT_STUB!r}}}  # what the files of the assignment say, too
c.ExecutePreprocessor.timeout = 3600  # the last cells train for real
"""


def nbgrader_course(solutions: Path) -> dict[str, bytes]:
    """The files of the course, by path.

    Args:
        solutions: the hand-written copy of the assignment.
    """
    files = {"nbgrader_config.py": _CONFIGURATION.encode()}
    for script, notebook in LANGUAGE_OF_NOTEBOOK.items():
        source = (solutions / script).read_text(encoding="utf-8")
        files[f"source/{Path(notebook).stem}/{notebook}"] = to_notebook(source)
    return files
