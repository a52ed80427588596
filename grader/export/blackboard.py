"""Blackboard's grade centre, filled in for upload. The file comes from Work Offline › Download.

It keys people by the column Username and grades by the id behind the heading, as in
`MNIST [Total Pts: 100 Score] |12345`: a heading without an id would make a new column of text. The download is UTF-16
with tabs, or CSV with everything in quotes, and comes back as it was.
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

_COLUMN = re.compile(r"(?P<title>.*?) ?\[(?P<about>[^\]]*)\] ?\|(?P<id>\d+)\s*", re.DOTALL)
_POINTS = re.compile(r"(?<![\w.,])(\d+(?:[.,]\d+)?)(?![\w.,])")
_CALCULATED = ("up to", "text", "до", "текст", "bis zu", "hasta", "jusqu")
_UPLOAD = re.compile(r"(?P<who>.+?)_attempt_\d{4}(?:-\d{2}){5}(?:_.+|\.txt)", re.DOTALL)
_USER = ("Username", "User Name", "Имя пользователя", "Benutzername", "Nom d'utilisateur", "Nombre de usuario")
_FIRST = ("First Name", "Имя", "Vorname", "Prénom", "Nombre")
_LAST = ("Last Name", "Фамилия", "Nachname", "Nom", "Apellido", "Apellidos")
_NUMBER = ("Student ID", "ID студента", "Идентификатор учащегося", "Matrikelnummer", "ID de estudiante")
_FEEDBACK = ("Feedback to Learner", "Feedback to User", "Отзыв для учащегося")


def _most(heading: str) -> float | None:
    """Return the points in "[Total Pts: 100 Score]".

    Any language will do; None where the column is a calculation or a text.
    """
    found = _COLUMN.fullmatch(heading)
    if found is None or any(word in folded(found["about"]) for word in _CALCULATED):
        return None
    number = _POINTS.search(found["about"])
    return None if number is None else number_in(number[1])


def _candidates(headings: Sequence[str]) -> list[Candidate]:
    return [
        Candidate(place, heading, (found["title"].strip(), found["id"]))
        for place, heading in enumerate(headings)
        if (found := _COLUMN.fullmatch(heading)) and _most(heading) is not None
    ]


def _lines(sheet: Sheet, user: int) -> tuple[Line, ...]:
    headings = sheet.rows[0]
    first, last, number = (column(headings, *names) for names in (_FIRST, _LAST, _NUMBER))
    return tuple(
        Line(place, cell_at(row, user), (cell_at(row, number),), f"{cell_at(row, first)} {cell_at(row, last)}".strip())
        for place, row in enumerate(sheet.rows[1:], 1)
        if cell_at(row, user) and not cell_at(row, user).endswith("_previewuser")
    )


def read_grade_centre(file: NamedFile, wanted: str | None) -> Gradebook:
    """Read a grade centre exported by Blackboard.

    Args:
        file: the download.
        wanted: the column, by its title or id; None for the only one.

    Raises:
        UsageError: it is no download of Blackboard's, or which column is meant cannot be told.
    """
    sheet = read_sheet(file.content, file.name)
    headings = sheet.rows[0] if sheet.rows else []
    user = column(headings, *_USER)
    if user is None:
        raise UsageError(
            f"{file.name} is not a Blackboard grade centre (no column Username): use Work Offline › Download"
        )
    candidates = _candidates(headings)
    place = chosen(candidates, wanted, file.name).column
    return Gradebook(
        sheet,
        file.name,
        _lines(sheet, user),
        place,
        _most(headings[place]),
        lambda entry, user: bool(user and (found := _UPLOAD.fullmatch(entry)) and found["who"].endswith(f"_{user}")),
        feedback=column(headings, *_FEEDBACK),
    )


class BlackboardExporter:
    """Fills grades into the grade centre of Blackboard."""

    name = "blackboard"
    help = "the grade centre that Blackboard downloads, filled in to be uploaded again"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the file, the column and the feedback."""
        add_options(parser, what="the grade centre", feedback="Feedback to Learner")

    def export(self, results: Sequence[Result], options: Namespace) -> Mapping[str, bytes]:
        """Return the file with the grades filled in. Comments are filled in too where they are asked for.

        Raises:
            UsageError: the file is not what Blackboard downloads, or a column cannot be told.
        """
        return fill(read_grade_centre(options.gradebook, options.column), results, options)
