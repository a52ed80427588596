"""Moodle's grading worksheet, filled in. The file comes from View submissions › Download grading worksheet.

What its importer reads stands in moodle, mod/assign/feedback/offline: it wants the headings in the language that the
teacher has chosen, exactly as they came; people are found by the number in "Participant 123" alone; a line is skipped
where the grade is blank, above the maximum, or locked. So the worksheet is filled in, and never made.
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
from grader.roster import EMAIL, folded
from grader.sheet import Sheet, column, read_sheet

GRADE = ("Grade", "Оценка", "Bewertung", "Note", "Calificación", "Nota", "Valutazione", "Ocena", "Оцінка", "Cijfer")
MOST = (
    *("Maximum Grade", "Maximum grade", "Максимальная оценка", "Bestwertung", "Note maximale", "Calificación máxima"),
    *("Nota máxima", "Qualificació màxima", "Maksymalna ocena", "Максимальна оцінка"),
)
SCALE = ("Scale", "Шкала", "Skala", "Barème", "Escala", "Scala")
CHANGEABLE = (
    *("Grade can be changed", "Оценка может быть изменена", "Bewertung kann geändert werden"),
    *("La note peut être modifiée", "La calificación puede ser cambiada", "La calificación se puede cambiar"),
    *("La calificación puede cambiarse", "Nota pode ser alterada", "A nota pode ser alterada", "Оцінку можна змінити"),
)
FEEDBACK = (
    *("Feedback comments", "Отзыв в виде комментария", "Feedback als Kommentar", "Feedback par commentaires"),
    *("Comentarios de retroalimentación", "Comentários de feedback", "Отзыв", "Комментарии к отзыву"),
)
NAMES = (
    "Full name",
    "Полное имя",
    "Фамилия и имя",
    "Имя и фамилия",
    "Имя / Фамилия",
    "Vollständiger Name",
    "Nom complet",
)
MORE_NAMES = ("Nombre completo", "Nome completo", "First name / Last name", "Имя", "Пользователь")
KEYS = (
    *("ID number", "Username", "Student ID", "Индивидуальный номер", "Логин", "ID-Nummer", "Anmeldename"),
    *("Numéro d'identification", "Nom d'utilisateur", "Número de ID", "Nombre de usuario"),
)
NO = ("no", "нет", "nein", "non", "não", "ні", "nie", "nee")

_PARTICIPANT = re.compile(r"(\D{1,80}?)\s{0,9}(\d{1,18})")
_UPLOAD = re.compile(r".+?_(?P<id>\d+)_assignsubmission_(?:file|onlinetext)(?:_.*)?", re.DOTALL)


def _participants(sheet: Sheet) -> tuple[int | None, dict[int, str]]:
    """Find the column of participants, and their numbers by row.

    Its cells hold a word and a number, the same word in each line.
    """
    for place in range(len(sheet.rows[0]) if sheet.rows else 0):
        cells = {
            row: _PARTICIPANT.fullmatch(cell_at(line, place)) for row, line in enumerate(sheet.rows[1:], 1) if line
        }
        found = {row: match for row, match in cells.items() if match}
        if found and len(found) == len(cells) and len({match[1] for match in found.values()}) == 1:
            return place, {row: match[2] for row, match in found.items()}
    return None, {}


def _is_same_number(sheet: Sheet, place: int) -> bool:
    """Whether a column has one number in every line. The points that can be had look so."""
    cells = {cell_at(row, place) for row in sheet.rows[1:] if row}
    return len(cells) == 1 and bool(number_in(cells.pop()))


def _maximum(sheet: Sheet, grade: int) -> float | None:
    """Return the maximum grade.

    The column has that name or, in an unknown language, stands beside the grade.
    """
    place = column(sheet.rows[0], *MOST)
    if place is None and grade + 1 < len(sheet.rows[0]) and _is_same_number(sheet, grade + 1):
        place = grade + 1
    found = (number_in(cell_at(row, place)) for row in sheet.rows[1:])
    return next((number for number in found if number is not None), None) if place is not None else None


def _grade(sheet: Sheet, wanted: str | None, file: str) -> int:
    headings = sheet.rows[0]
    places = [place for place, heading in enumerate(headings) if folded(heading) in map(folded, GRADE)]
    if wanted is None and not places:
        raise UsageError(
            f"{file}: which column holds the grade is not known in this language; name it with --column "
            f"({'; '.join(headings)})"
        )
    if wanted is not None:
        places = list(range(len(headings)))
    return chosen([Candidate(place, headings[place]) for place in places], wanted, file).column


def _lines(sheet: Sheet, numbers: Mapping[int, str]) -> tuple[Line, ...]:
    headings = sheet.rows[0]
    name = column(headings, *NAMES, *MORE_NAMES)
    keys = [place for place, heading in enumerate(headings) if folded(heading) in map(folded, (*EMAIL, *KEYS))]
    keys += [place for place in _addresses(sheet) if place not in keys]
    return tuple(
        Line(row, number, tuple(cell_at(sheet.rows[row], key) for key in keys), cell_at(sheet.rows[row], name))
        for row, number in numbers.items()
    )


def _addresses(sheet: Sheet) -> list[int]:
    """Return the columns of e-mail addresses. Every cell that is not empty is one, whatever the column is called."""
    found = []
    for place in range(len(sheet.rows[0])):
        cells = [cell for row in sheet.rows[1:] if (cell := cell_at(row, place))]
        if cells and all(re.fullmatch(r"[^@\s]+@[^@\s]+", cell) for cell in cells):
            found.append(place)
    return found


def read_worksheet(file: NamedFile, wanted: str | None) -> Gradebook:
    """Read a grading worksheet exported by Moodle.

    Args:
        file: the worksheet.
        wanted: the heading of the grade; None where it is called as in one of the languages known here.

    Raises:
        UsageError: it is no grading worksheet, it has a scale in place of points, or the column cannot be told.
    """
    sheet = read_sheet(file.content, file.name)
    identifier, numbers = _participants(sheet)
    if identifier is None:
        raise UsageError(
            f"{file.name} is not a Moodle grading worksheet (no column with `Participant 123` in each line): turn on "
            "“Offline grading worksheet” in the assignment's feedback types, and download it there"
        )
    headings = sheet.rows[0]
    if column(headings, *SCALE) is not None:
        raise UsageError(f"{file.name}: the assignment is graded by a scale; set its grade to points in Moodle")
    grade = _grade(sheet, wanted, file.name)
    changeable = column(headings, *CHANGEABLE)
    return Gradebook(
        sheet,
        file.name,
        _lines(sheet, numbers),
        grade,
        _maximum(sheet, grade),
        lambda entry, number: (found := _UPLOAD.fullmatch(entry)) is not None and found["id"] == number,
        locked=frozenset(row for row in numbers if folded(cell_at(sheet.rows[row], changeable)) in NO),
        feedback=column(headings, *FEEDBACK),
        skips_above=True,
    )


class MoodleExporter:
    """Fills grades into the grading worksheet of Moodle."""

    name = "moodle"
    help = "the grading worksheet that Moodle exports, filled in to be uploaded again"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the file, the column and the feedback."""
        add_options(parser, what="the grading worksheet", feedback="Feedback comments")

    def export(self, results: Sequence[Result], options: Namespace) -> Mapping[str, bytes]:
        """Return the file with the grades filled in. Comments are filled in too where they are asked for.

        Raises:
            UsageError: the file is not what Moodle exports, or a column cannot be told.
        """
        return fill(read_worksheet(options.gradebook, options.column), results, options)
