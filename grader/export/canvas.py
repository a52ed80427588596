"""Canvas's grade book, filled in for import. The file comes from Grades › Export and goes back through Grades › Import.

What its importer reads stands in canvas-lms, lib/gradebook_importer.rb: a heading `Title (id)` is an existing
assignment, any other makes a new one; people are found by ID, SIS User ID, SIS Login ID and name, in this order; `EX`
is excused; columns with `(read only)` in the line of the points possible are left out. A line of the test student is
imported as any other and stays as it is.
"""

from __future__ import annotations

import re
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence

from grader.errors import UsageError
from grader.export.filling import Candidate, Gradebook, add_options, cell_at, chosen, fill, number_in
from grader.export.matching import Line
from grader.model import Result
from grader.named_file import NamedFile
from grader.roster import folded
from grader.sheet import Sheet, column, read_sheet

_ASSIGNMENT = re.compile(r"(?P<title>.*) \((?P<id>\d+)\)\s*", re.DOTALL)
_UPLOAD = re.compile(r"\w+?_(?:LATE_)?(?P<id>\d{3,18})_(?:\d{3,18}_.+|(?:text|link)\.html)", re.DOTALL)
_KEYS = ("SIS User ID", "SIS Login ID", "Integration ID")
_TEST_STUDENT = "student, test"


def _possible(sheet: Sheet, number: int) -> list[str]:
    """Return the row of possible points. It belongs to no student and is told by its words."""
    found = (
        row for row in sheet.rows[1:4] if "points possible" in folded(cell_at(row, 0)) and not cell_at(row, number)
    )
    return next(found, [])


def _lines(sheet: Sheet, number: int) -> tuple[Line, ...]:
    headings = sheet.rows[0]
    keys = [place for place in (column(headings, name) for name in _KEYS) if place is not None]
    last, first = column(headings, "LastName"), column(headings, "FirstName")
    lines = []
    for place, row in enumerate(sheet.rows[1:], 1):
        name = f"{cell_at(row, first)} {cell_at(row, last)}".strip() if last is not None else cell_at(row, 0)
        has_id = cell_at(row, number) or any(cell_at(row, key) for key in keys)
        if has_id and folded(cell_at(row, 0)) != _TEST_STUDENT:
            lines.append(Line(place, cell_at(row, number), tuple(cell_at(row, key) for key in keys), name))
    return tuple(lines)


def read_gradebook(file: NamedFile, wanted: str | None) -> Gradebook:
    """Read a grade book exported by Canvas.

    Args:
        file: the grade book.
        wanted: the assignment, by title or id; None for the only one.

    Raises:
        UsageError: it is no grade book of Canvas, or which column is meant cannot be told.
    """
    sheet = read_sheet(file.content, file.name)
    headings = sheet.rows[0] if sheet.rows else []
    number = column(headings, "ID")
    if number is None or column(headings, "Student", "LastName") != 0:
        raise UsageError(
            f"{file.name} is not a Canvas grade book (no columns Student, ID): use Grades › Export › Entire gradebook"
        )
    possible = _possible(sheet, number)
    candidates = [
        Candidate(place, heading, (found["title"], found["id"]))
        for place, heading in enumerate(headings)
        if (found := _ASSIGNMENT.fullmatch(heading)) and "read only" not in folded(cell_at(possible, place))
    ]
    place = chosen(candidates, wanted, file.name).column
    return Gradebook(
        sheet,
        file.name,
        _lines(sheet, number),
        place,
        number_in(cell_at(possible, place)),
        lambda entry, number: (found := _UPLOAD.fullmatch(entry)) is not None and found["id"] == number,
        excused="EX",
    )


class CanvasExporter:
    """Fills grades into the grade book of Canvas."""

    name = "canvas"
    help = "the grade book that Canvas exports, filled in to be imported again"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the file and the column."""
        add_options(parser, what="the grade book", feedback=None)

    def export(self, results: Sequence[Result], options: Namespace) -> Mapping[str, bytes]:
        """Return the file with one column filled.

        Raises:
            UsageError: the file is not what Canvas exports, or the column cannot be told.
        """
        return fill(read_gradebook(options.gradebook, options.column), results, options)
