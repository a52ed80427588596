"""An nbgrader course made of the chapters: one assignment per language, solutions and hidden tests in place.

`nbgrader generate_assignment perceptron_en` in its folder then writes the notebook that a release holds.
"""

from __future__ import annotations

from pathlib import Path

from grader.release.notebook import to_notebook
from grader.release.repository import LANGUAGE_OF_NOTEBOOK
from grader.release.strip import DEFAULT_STUB

_CONFIGURATION = f'''\
"""What nbgrader has to know of this course. Written by `grader release --nbgrader`."""

import re

from nbgrader.preprocessors import CheckCellMetadata, ClearOutput, DeduplicateIds, OverwriteCells, OverwriteKernelspec

c = get_config()
c.CourseDirectory.course_id = "perceptron"
c.ClearSolutions.code_stub = {{"python": {DEFAULT_STUB!r}}}  # what the files of the assignment say, too
c.ExecutePreprocessor.timeout = 3600  # the last cells train for real

# A cell with points that has written to stderr gets none of them, and neither a progress bar nor a warning is an error.
c.IgnorePattern.enabled = True
c.IgnorePattern.pattern = r"[\\s\\S]"

HIDDEN = re.compile(r"^### BEGIN HIDDEN TESTS.*?^### END HIDDEN TESTS\\n?", re.DOTALL | re.MULTILINE)


class OverwriteChangedCells(OverwriteCells):
    """Puts hidden tests back in silence, and warns of the cells that a student has changed."""

    def preprocess_cell(self, cell, resources, cell_index):
        self.submitted = cell.source
        return super().preprocess_cell(cell, resources, cell_index)

    def report_change(self, name, attr, old, new):
        source = self.gradebook.find_source_cell(name, self.notebook_id, self.assignment_id).source
        if attr != "checksum" or HIDDEN.sub("", source).strip() != self.submitted.strip():
            super().report_change(name, attr, old, new)


c.Autograde.sanitize_preprocessors = [
    ClearOutput,
    DeduplicateIds,
    OverwriteKernelspec,
    OverwriteChangedCells,
    CheckCellMetadata,
]
'''


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
