"""An nbgrader course's grade book, filled in. It gets points for each category, and the feedback as a comment.

The course comes from `grader release --nbgrader`, and `nbgrader generate_assignment` has been run in it. Each category
has a cell with its points. What a person has added to the total or taken off it stands in a cell of its own that is
worth nothing, what came off for lateness in nbgrader's penalty. Who has no grade (the grader failed, or the work is
excused) gets no points but a mark that a person has to look, as nbgrader would take nothing for 0.
"""

from __future__ import annotations

import re
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from grader.autograde import ADJUSTMENT_CELL, CELL, REPORT_CELL, summary
from grader.errors import UsageError
from grader.export.base import Pushed, Track
from grader.export.filling import add_trials
from grader.export.nbgrader_course import Course
from grader.final import Final, final_grade
from grader.i18n import LANGUAGES, translator
from grader.model import Result
from grader.report.adjusted import adjusted_in_text, final_line
from grader.report.escape import Translate, csv_cell, first_few, one_line
from grader.report.json import to_json
from grader.report.markdown import feedback
from grader.report.points import by_category, shown, total

if TYPE_CHECKING:
    from grader.export.nbgrader_book import Cells, Row
    from grader.export.nbgrader_pages import Page

_STUDENT_IDS = ("id", "email", "name", "submission")
_FOLDER = re.compile(r"[^\W_][\w .@+='()~-]{0,126}(?<![ .])|[^\W_]")
"""A student's id. nbgrader makes a folder of it, finds that again by a pattern, and keeps 128 characters."""
_SHOWN = 5


def student_id(result: Result, field: str) -> str:
    """Return nbgrader's id of a student. Where no "id" is known it is the name of the submission.

    Raises:
        UsageError: `field` is not known of this student, or cannot be the name of a folder.
    """
    name = result.submission
    found = name if field == "submission" else result.identity.student.get(field, "")
    if not found and field != "id":
        raise UsageError(
            f"no {field} is known of {one_line(name)}: choose another --student-id, or grade with a roster"
        )
    if not _FOLDER.fullmatch(found or name):
        raise UsageError(
            f"{one_line(found or name)!r} cannot be a student id in nbgrader: "
            f"choose another --student-id of {', '.join(_STUDENT_IDS)}"
        )
    return found or name


def _table_text(text: str) -> str:
    """Clean `text` for a table that nbgrader writes unquoted."""
    return re.sub(r'[,"]+', " ", csv_cell(text)).strip()[:128]


def _names(name: str) -> tuple[str, str]:
    """Split "First Last" or "Last, First". The first name is returned first."""
    last, comma, first = name.partition(",")
    if not comma:
        first, _, last = name.strip().rpartition(" ")
    return _table_text(first), _table_text(last)


def _time(submitted: str) -> datetime | None:
    if not submitted:
        return None
    return datetime.fromisoformat(submitted).astimezone(UTC).replace(tzinfo=None)


def _points(result: Result, final: Final, worth: Mapping[str, float]) -> dict[str, float | None]:
    """Return the points of each cell. Categories that were not judged have none, where any was.

    Raises:
        UsageError: a category is worth something else in this course.
    """
    if final.score is None:
        return dict.fromkeys(worth)
    points: dict[str, float | None] = {} if final.tests else dict.fromkeys(worth, 0.0)  # a person has graded it alone
    cents = 0
    for category, tests in by_category(replace(result, tests=final.tests)).items():
        sum_of = total(tests)
        cell = CELL + category
        if cell not in worth and not sum_of.max_cents and not sum_of.cents:
            continue
        if worth.get(cell) != sum_of.max_score:
            raise UsageError(
                f"{category} is worth {shown(sum_of.max_score)} points for {one_line(result.submission)} and "
                f"{shown(worth.get(cell, 0.0))} in this course: grade anew, or release the course anew"
            )
        points[cell] = sum_of.score
        cents += sum_of.cents
    rest = round(100 * (final.score + final.late_points)) - cents
    return {**points, ADJUSTMENT_CELL: rest / 100}


def _lines(
    result: Result, final: Final, points: Mapping[str, float | None], translate: Translate
) -> dict[str, list[str]]:
    """Return the lines above the points, by cell."""
    if final.score is None:
        return {cell: [final_line(result, translate)] for cell in points}
    tests = to_json(result, translate)["tests"]
    lines = {cell: summary(tests, cell.removeprefix(CELL))[2] for cell in points}
    lines[ADJUSTMENT_CELL] = [*adjusted_in_text(result, translate)]
    return lines


def row_of(result: Result, worth: Mapping[str, float], field: str, translate: Translate) -> Row:
    """Return the grade book's row for `result`.

    Args:
        result: of one submission.
        worth: what the cells of the course are worth, by their ids.
        field: see `student_id`.
        translate: makes the feedback.

    Raises:
        UsageError: see `student_id`, or the course is worth other points.
    """
    from grader.export.nbgrader_book import Row

    final = final_grade(result)
    first, last = _names(result.identity.student.get("name", ""))
    return Row(
        student=student_id(result, field),
        first_name=first,
        last_name=last,
        email=_table_text(result.identity.student.get("email", "")),
        submitted=_time(result.identity.submitted),
        points=_points(result, final, worth),
        late_points=final.late_points,
        review=frozenset({f"{CELL}accuracy"}) if result.flags else frozenset(),
        comment=feedback(result, translate),
    )


def _refuse_doubles(rows: Sequence[Row], results: Sequence[Result]) -> None:
    counted = Counter(row.student for row in rows)
    double = next((name for name, times in counted.items() if times > 1), None)
    if double is not None:
        whose = [one_line(of.submission) for row, of in zip(rows, results, strict=True) if row.student == double]
        raise UsageError(
            f"{' and '.join(whose[:_SHOWN])} would be the same student in nbgrader, {double!r}: "
            "choose another --student-id"
        )


def _refuse_other_notebooks(cells: Cells, assignment: str) -> None:
    ours = {REPORT_CELL} - set(cells.comments) | {ADJUSTMENT_CELL} - set(cells.grades)
    if ours:
        raise UsageError(
            f"the assignment `{assignment}` has no cell {', '.join(sorted(ours))}: "
            "only a homework of `grader release --nbgrader` can take these points"
        )


class NbgraderPusher:
    """Writes into a course's grade book and notebooks.

    The notebooks are those that nbgrader shows beside the grades.
    """

    name = "nbgrader"
    help = "the grade book of an nbgrader course: points, feedback and what formgrader shows"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the course and how its students are called."""
        add = parser.add_argument
        add("--course", type=Path, metavar="DIR", required=True, help="of `grader release --nbgrader DIR`")
        add("--assignment", metavar="NAME", help="default: homework_en or homework_ru, as --lang says")
        add("--notebook", metavar="NAME", help="without .ipynb (default: as the assignment)")
        add("--student-id", choices=_STUDENT_IDS, default="id", help="what nbgrader calls a student (default: id)")
        add_trials(parser)
        add("--lang", choices=LANGUAGES, default=LANGUAGES[0], help="of the feedback (default: en)")

    def push(self, results: Sequence[Result], options: Namespace, track: Track) -> Pushed:
        """Write all grades, or none if something does not fit. Trials are left out unless they are asked for.

        Raises:
            UsageError: the course, its assignment or the results do not fit each other.
        """
        from grader.export import nbgrader_book, nbgrader_pages

        course = Course(options.course)
        assignment = options.assignment or f"homework_{options.lang}"
        notebook = options.notebook or assignment
        translate = translator(options.lang)
        left = [] if options.trials else [one for one in results if not one.is_grade]
        results = [one for one in results if one.is_grade or options.trials]
        with course.book() as book:
            cells = nbgrader_book.cells_of(book, assignment, notebook)
            _refuse_other_notebooks(cells, assignment)
            released = course.released(assignment, f"{notebook}.ipynb")
            rows = [row_of(one, cells.worth, options.student_id, translate) for one in track(results)]
            _refuse_doubles(rows, results)
            nbgrader_book.write(book, cells, rows)
        failed: list[OSError] = []
        for row, result in track(list(zip(rows, results, strict=True))):
            try:
                nbgrader_pages.write(_page(course, (assignment, notebook), row, result, translate), released)
            except OSError as error:  # what lies in one student's way keeps nobody else's page from being written
                failed.append(error)
        if failed:
            raise UsageError(
                f"the points are in the grade book, but {failed[0].filename} cannot be written: {failed[0].strerror}; "
                "repair that and run it again"
            )
        return _messages(results, rows, left, f"{assignment} of {options.course}")


def _page(course: Course, names: tuple[str, str], row: Row, result: Result, translate: Translate) -> Page:
    from grader.export.nbgrader_pages import Page

    assignment, notebook = names
    return Page(
        submitted=course.place("submitted", row.student, assignment),
        autograded=course.place("autograded", row.student, assignment),
        notebook=f"{notebook}.ipynb",
        time=row.submitted,
        elsewhere=translate("course/elsewhere", {"entry": one_line(result.identity.entry or result.submission)}),
        points=row.points,
        lines=_lines(result, final_grade(result), row.points, translate),
    )


def _messages(results: Sequence[Result], rows: Sequence[Row], left: Sequence[Result], where: str) -> Pushed:
    """Return the command's messages.

    They say how many submissions there are, who has no grade, and what is only a trial. `left` are not written.
    """
    lines = [f"submissions written to {where}: {len(rows)}"]
    without = [row.student for row in rows if None in row.points.values()]
    trials = sum(not result.is_grade for result in results)
    if without:
        lines.append(
            f"no grade, marked for a person (nbgrader exports them as 0 until then): {first_few(without, _SHOWN)}"
        )
    if trials:
        lines.append(f"{trials} of them are trials (another data set, or some categories) and decide no grade")
    if left:
        named = first_few([one_line(result.submission) for result in left], _SHOWN)
        lines.append(f"left as they were, as a trial is no grade (--trials writes it all the same): {named}")
    finals = map(final_grade, results)
    has_all = not any(final.score is None and not final.excused for final in finals)
    return Pushed(lines, is_whole=has_all and not left)
