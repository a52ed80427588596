"""Grades filled into a platform's exported file. Every other cell stays as it was.

The platforms differ in what their columns are called (`Gradebook`); the rest is the same for all of them and stands
here: options, points on the platform's scale, what is left as it was, and what is said about it.
"""

from __future__ import annotations

import re
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from grader.errors import UsageError
from grader.export.base import Files
from grader.export.matching import Line, Matching, match
from grader.final import Final, final_grade
from grader.i18n import LANGUAGES, translator
from grader.model import Result
from grader.named_file import named_file, roster
from grader.report.adjusted import adjusted_in_text
from grader.report.escape import Translate, csv_cell, message, one_line
from grader.report.points import shown
from grader.report.verdicts import first_mistake, hint_of
from grader.report.words import title
from grader.roster import folded
from grader.sheet import Sheet

_LISTED = 10
_EMPTY = ("", "-", "–", "—")


@dataclass(frozen=True)
class Gradebook:
    """A grade book that a platform exported, read.

    Args:
        sheet: the table.
        file: its name.
        lines: the students.
        column: where the grades stand.
        most: the platform's points for full marks; None where the file does not say.
        is_own: whether the platform gave an entry its name, and the number in it.
        excused: what stands for "no grade on purpose"; None where a file cannot say so.
        locked: rows whose grade the platform does not let change.
        feedback: where comments stand; None for nowhere.
        skips_above: whether the platform leaves out grades above the most.
    """

    sheet: Sheet
    file: str
    lines: tuple[Line, ...]
    column: int
    most: float | None
    is_own: Callable[[str, str], bool]
    excused: str | None = None
    locked: frozenset[int] = frozenset()
    feedback: int | None = None
    skips_above: bool = False


@dataclass(frozen=True)
class Candidate:
    """A column that grades may stand in. It has a position, a whole heading, and other names it may be called by."""

    column: int
    heading: str
    names: tuple[str, ...] = ()


def cell_at(row: Sequence[str], place: int | None) -> str:
    """Return a cell's text, stripped. "" where there is no such column."""
    return row[place].strip() if place is not None and place < len(row) else ""


def points(text: str) -> float:
    """Parse a number of points from 0 up, for argparse."""
    number = number_in(text)
    if number is None:
        raise ArgumentTypeError(f"`{text}` is not a number of points, as 0 or 12.5")
    return number


def number_in(cell: str) -> float | None:
    """Parse a number with a decimal point or comma. None where the cell holds none."""
    text = re.sub(r"\s", "", cell).replace(",", ".")
    return float(text) if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text) else None


def add_trials(parser: ArgumentParser) -> None:
    """Declare `--trials`, of a target that writes grades."""
    parser.add_argument(
        "--trials", action="store_true", help="write trials too (--only, --dataset digits), which are no grades"
    )


def add_options(parser: ArgumentParser, *, what: str, feedback: str | None) -> None:
    """Declare the options of all filling exporters.

    Args:
        parser: of the target.
        what: the file, as its platform calls it.
        feedback: what the column for comments is called; None where there is none.
    """
    add = parser.add_argument
    add("--gradebook", type=named_file, required=True, metavar="FILE", help=f"{what}, as the platform exports it")
    add("--column", metavar="NAME", help="which column to fill, by its name or its id; only needed where several fit")
    add("--roster", type=roster, metavar="FILE", help="who is who, where the grade book does not tell")
    add("--missing", type=points, metavar="POINTS", help="for each student without a submission whose cell is empty")
    add_trials(parser)
    if feedback is not None:
        add("--feedback", action="store_true", help=f"fill the column “{feedback}” as well, where it is empty")
        add("--lang", choices=LANGUAGES, default=LANGUAGES[0], help="of the feedback (default: en)")


def chosen(candidates: Sequence[Candidate], wanted: str | None, file: str) -> Candidate:
    """Return the column to fill.

    Args:
        candidates: that grades may stand in.
        wanted: as its user calls it: the heading, a part of it that stands for it, or an id; None for the only one.
        file: for messages.

    Raises:
        UsageError: there is none, or which is meant cannot be told.
    """
    names = "; ".join(one_line(each.heading) for each in candidates[:_LISTED])
    listed = names + ("; …" if len(candidates) > _LISTED else "")
    if not candidates:
        raise UsageError(f"{file} has no column that grades could be filled into: export it with the assignment in it")
    fitting = list(candidates)
    if wanted is not None:
        exact = [each for each in candidates if folded(wanted) == folded(each.heading)]
        fitting = exact or [each for each in candidates if folded(wanted) in map(folded, each.names)]
    if len(fitting) == 1:
        return fitting[0]
    if wanted is None:
        raise UsageError(f"{file} has {len(candidates)} columns for grades: choose one with --column ({listed})")
    how_many = "several columns of {} have" if fitting else "no column of {} has"
    raise UsageError(f"--column {one_line(wanted)}: {how_many.format(file)} this name; there are {listed}")


def bounded(lines: Iterable[str]) -> list[str]:
    """Keep the first lines and count the others."""
    found = list(lines)
    more = [f"… and {len(found) - _LISTED} more"] if len(found) > _LISTED else []
    return found[:_LISTED] + more


def _not_placed(matching: Matching, file: str) -> list[str]:
    """Return a line for each result without a row."""

    def names(of: Iterable[str]) -> str:
        return ", ".join(map(one_line, of))

    unmatched = [
        f"{one_line(name)}: nobody in {file} fits; a --roster with its submission and an id, e-mail or name would"
        for name in matching.unmatched
    ]
    ambiguous = [
        f"{one_line(name)}: matches several students in {file} ({names(lines[:_LISTED])}), so nobody gets it"
        for name, lines in matching.ambiguous
    ]
    doubled = [
        f"{names(several)}: all fit {one_line(line)}, who gets none of them" for several, line in matching.doubled
    ]
    return [*bounded(unmatched), *bounded(ambiguous), *bounded(doubled)]


def comment(result: Result, translate: Translate) -> str:
    """Return the comment for one student's cell.

    It says what changed the points and what to repair first, and is never a formula or HTML.

    A platform may show a comment as HTML. Entities would need semicolons, which divide cells in some countries, so
    angle brackets become others.
    """
    mistake = first_mistake(result)
    if mistake is None:
        said = translate("report/all-passed", {}) if result.status == "passed" else ""
    else:
        said = f"{title(mistake.verdict.test, translate)}: {message(translate, *hint_of(mistake.verdict))}"
    whole = " · ".join(filter(None, [*adjusted_in_text(result, translate), said]))
    return csv_cell(whole).replace("<", "‹").replace(">", "›")


@dataclass
class _Filling:
    """A copy of the rows while grades are filled in."""

    book: Gradebook
    rows: list[list[str]]
    like: Sheet
    """Cells with numbers, as a model of the number format."""
    left: list[str]
    """Lines on matched results that were not written, with reasons."""
    written: int = 0
    replaced: int = 0
    above: list[str] = field(default_factory=list)
    excused: int = 0

    def cell(self, row: int, column: int) -> str:
        return cell_at(self.rows[row], column)

    def put(self, row: int, column: int, text: str) -> None:
        line = self.rows[row]
        line += [""] * (column + 1 - len(line))
        line[column] = text

    def scaled(self, value: float, most: float) -> str:
        """Scale points out of `most` to the platform's."""
        if self.book.most and most:
            value = value * self.book.most / most
        return self.like.number(value)

    def _why_left(self, result: Result, final: Final, *, trials: bool) -> str | None:
        if not result.is_grade and not trials:
            return "a trial is no grade; --trials writes it all the same"
        if final.excused and self.book.excused is None:
            return "excused, which this file cannot say"
        if not final.excused and final.score is None:
            return "there is no grade, as the grader failed on it"
        return None

    def grade(self, row: int, result: Result, *, trials: bool) -> bool:
        """Write a result into its row. Return whether that was possible."""
        final = final_grade(result)
        why = self._why_left(result, final, trials=trials)
        text = (self.book.excused if final.excused else self.scaled(final.score or 0.0, final.max_score)) or ""
        before = self.cell(row, self.book.column)
        changes = before != text and (number_in(before) is None or number_in(before) != number_in(text))
        if why is None and changes and row in self.book.locked:
            why = "the platform does not let this grade be changed"
        if why is not None:
            self.left.append(f"{one_line(result.submission)}: {why}; left as it was")
            self.excused += final.excused
            return False
        self.replaced += changes and before not in _EMPTY
        if self.book.most and (number_in(text) or 0.0) > self.book.most:
            self.above.append(one_line(result.submission))
        if changes:
            self.put(row, self.book.column, text)
        self.written += 1
        return True

    def fill_missing(self, rows: Iterable[int], value: float, most: float) -> int:
        """Grade students without a submission whose cell is empty. Return how many there were."""
        empty = [row for row in rows if self.cell(row, self.book.column) in _EMPTY and row not in self.book.locked]
        for row in empty:
            self.put(row, self.book.column, self.scaled(value, most))
        return len(empty)


def _numbers(book: Gradebook) -> Sheet:
    """Return the column of grades and the next one. The latter may hold the points that can be had."""
    rows = [row[book.column : book.column + 2] for row in book.sheet.rows[1:]]
    return Sheet(rows, delimiter=book.sheet.delimiter)


def _add_feedback(filling: _Filling, by_row: dict[int, Result], translate: Translate) -> list[str]:
    book, kept = filling.book, 0
    if book.feedback is None:
        raise UsageError(
            f"--feedback: {book.file} has no column for comments; export it with feedback comments turned on"
        )
    for row, result in by_row.items():
        text = comment(result, translate)
        if filling.cell(row, book.feedback):
            kept += 1
        elif text:
            filling.put(row, book.feedback, text)
    return [f"existing comments kept: {kept}"] * bool(kept)


def _most(results: Sequence[Result]) -> float:
    """Return the maximum score that most results have."""
    found = [final_grade(result).max_score for result in results]
    return max(set(found), key=found.count) if found else 0.0


def _scale(book: Gradebook, most: float) -> list[str]:
    if book.most is None or not most or book.most == most:
        return []
    if not book.most:
        return [f"{book.file} has 0 points for this column: points are written as they are, out of {shown(most)}"]
    return [f"points are scaled from {shown(most)} to the {shown(book.most)} of {book.file}"]


def _missing(filling: _Filling, matching: Matching, most: float, options: Namespace) -> list[str]:
    """Handle students without a submission, and report it."""
    rows = [line.row for line in filling.book.lines if line.row not in matching.by_row]
    if options.missing is None:
        return [f"without a submission: {len(rows)}, left as they were (--missing 0 fills them)"] * bool(rows)
    if not matching.is_whole:
        return ["--missing: no cell is filled, as some submissions match no student"]
    count = filling.fill_missing(rows, options.missing, most)
    return [f"without a submission: {count}, who get {filling.scaled(options.missing, most)} each"] * bool(rows)


def fill(book: Gradebook, results: Sequence[Result], options: Namespace) -> Files:
    """Return the file with the grades, and notes.

    Args:
        book: the file as it was.
        results: of the class.
        options: as `add_options` declares them.

    Raises:
        UsageError: comments are to be filled in, and there is no column for them.
    """
    matching = match(results, book.lines, options.roster, book.is_own)
    filling = _Filling(book, [list(row) for row in book.sheet.rows], _numbers(book), [])
    done = {row: each for row, each in matching.by_row.items() if filling.grade(row, each, trials=options.trials)}
    most = _most(list(done.values()))
    notes = _scale(book, most) + _missing(filling, matching, most, options)
    if getattr(options, "feedback", False):
        notes += _add_feedback(filling, done, translator(options.lang))
    if filling.above:
        what = "ignores such grades" if book.skips_above else "may ask about such grades"
        named = ", ".join(filling.above[:_LISTED]) + ", …" * (len(filling.above) > _LISTED)
        notes.append(f"above the {shown(book.most or 0.0)} points of {book.file}: {named}; the platform {what}")
    replaced = f", {filling.replaced} of them in place of another" if filling.replaced else ""
    summary = f"grades into “{one_line(book.sheet.rows[0][book.column])}”: {filling.written}{replaced}"
    sheet = replace(book.sheet, rows=filling.rows)
    unplaced = _not_placed(matching, book.file)
    is_whole = matching.is_whole and len(filling.left) == filling.excused and not (book.skips_above and filling.above)
    return Files({book.file: sheet.encode()}, [*unplaced, *bounded(filling.left), *notes, summary], is_whole=is_whole)
