"""What nbgrader has to know of this course. Written by `grader release --nbgrader`."""

import re
import tempfile
from pathlib import Path

from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    ClearOutput,
    DeduplicateIds,
    Execute,
    IgnorePattern,
    LimitOutput,
    OverwriteCells,
    OverwriteKernelspec,
    SaveAutoGrades,
)
from nbgrader.utils import is_grade, setenv
from nbconvert.preprocessors import ClearMetadataPreprocessor

c = get_config()  # noqa: F821 - nbgrader defines it
c.CourseDirectory.course_id = "perceptron"
c.ClearSolutions.code_stub = {"python": "__CODE_STUB__"}  # what the files of the assignment say, too

# A cell with points that has written to stderr gets none of them, and neither a progress bar nor a warning is an error.
c.IgnorePattern.enabled = True
c.IgnorePattern.pattern = r"[\s\S]"

CHAPTER_SECONDS = 3600  # for each cell of a chapter: the last ones train for real
GRADING_SECONDS = "__GRADING_SECONDS__"  # for the grader, which has limits of its own: no honest grading takes as long
COURSE = Path(__file__).resolve().parent  # the grader writes its results and feedback to grades/ in it
HIDDEN = re.compile(r"^### BEGIN HIDDEN TESTS.*?^### END HIDDEN TESTS\n?", re.DOTALL | re.MULTILINE)


CALL = re.compile(r'from grader\.autograde import points; points\("[a-z]+", of=[0-9.]+, lang="[a-z]+"\)')


def asks_the_grader(cell):
    """Whether a cell does nothing but ask the grader for its points."""
    lines = [line for line in cell.source.splitlines() if line and not line.startswith("#")]
    return is_grade(cell) and len(lines) == 1 and CALL.fullmatch(lines[0]) is not None


class OverwriteChangedCells(OverwriteCells):
    """Puts hidden tests back in silence, and warns of the cells that a student has changed."""

    def preprocess_cell(self, cell, resources, cell_index):
        """Remember what was submitted."""
        self.submitted = cell.source
        return super().preprocess_cell(cell, resources, cell_index)

    def report_change(self, name, attr, old, new):
        """Warn, unless only hidden tests are missing."""
        source = self.gradebook.find_source_cell(name, self.notebook_id, self.assignment_id).source
        if attr != "checksum" or HIDDEN.sub("", source).strip() != self.submitted.strip():
            super().report_change(name, attr, old, new)

    def add_missing_grade_cells(self, nb, resources):
        """Append them: nbgrader's own way ends in a KeyError where the cell before is missing as well."""
        notebook = self.gradebook.find_notebook(self.notebook_id, self.assignment_id)
        sources = {cell.name: cell for cell in notebook.source_cells}
        present = {cell.metadata.get("nbgrader", {}).get("grade_id") for cell in nb.cells}
        for cell in notebook.grade_cells:
            if cell.name not in present:
                self.log.warning("Cell %s is missing and was put back", cell.name)
                nb.cells.append(self.missing_cell_transform(sources[cell.name], cell.max_score))
        return nb, resources


class ExecuteOrAskTheGrader(Execute):
    """Of a notebook whose points come from the grader, executes nothing but the cells that ask for them.

    So no line of the student's runs in this kernel; nor can a file that was handed in stand in a module's place, as the
    kernel works in an empty folder. An error in such a cell is never the student's: the submission is left without
    points, to be graded again.
    """

    def preprocess(self, nb, resources, **options):
        """Execute a notebook in place."""
        self.asks = any(map(asks_the_grader, nb.cells))
        if not self.asks:
            return super().preprocess(nb, resources, **options)
        path = Path(resources["metadata"]["path"], resources["nbgrader"]["notebook"]).resolve()
        asked = {
            "GRADER_NOTEBOOK": f"{path}.ipynb",
            "GRADER_STUDENT": resources["nbgrader"]["student"],
            "GRADER_AUTOGRADE_OUT": str(COURSE / "grades"),
        }
        if (COURSE / "assignment.toml").is_file():  # the course has numbers of its own
            asked["GRADER_ASSIGNMENT"] = str(COURSE / "assignment.toml")
        with tempfile.TemporaryDirectory() as empty, setenv(**asked):
            apart = {**resources, "metadata": {**resources["metadata"], "path": empty}}
            nb, _ = super().preprocess(nb, apart, **options)
        for cell in filter(asks_the_grader, nb.cells):
            for output in cell.outputs:
                if output.output_type == "error":
                    raise RuntimeError(f"no points were given: {output.ename}: {output.evalue}")
        return nb, resources

    def preprocess_cell(self, cell, resources, index):
        """Execute a cell, or leave it as it is."""
        if self.asks and not asks_the_grader(cell):
            return cell, resources
        return super().preprocess_cell(cell, resources, index)


c.OverwriteCells.add_missing_cells = True
c.Execute.timeout_func = lambda cell: GRADING_SECONDS if asks_the_grader(cell) else CHAPTER_SECONDS
c.Execute.iopub_timeout = 60
c.Autograde.sanitize_preprocessors = [
    ClearOutput,
    DeduplicateIds,
    OverwriteKernelspec,
    OverwriteChangedCells,
    CheckCellMetadata,
]
c.Autograde.autograde_preprocessors = [
    ExecuteOrAskTheGrader,
    IgnorePattern,
    ClearMetadataPreprocessor,
    LimitOutput,
    SaveAutoGrades,
    AssignLatePenalties,
    CheckCellMetadata,
]
