"""The summary on stdout. It has every test of one submission, or a row for each of many.

Words are broken only where a single one is wider than its column. So in each table one column alone gives way, the last
one, which holds sentences; a batch has columns that a narrow terminal does without.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from grader.categories import CATEGORIES
from grader.model import Result, ScoredTest
from grader.report.escape import Translate, first_few, one_line
from grader.report.markdown import accuracy_line, percent, trial_note
from grader.report.mistakes import counted
from grader.report.points import by_category, result_points, shown, total
from grader.report.screen import PLAIN_WIDTH, on_screen
from grader.report.verdicts import first_mistake, waits_like
from grader.report.words import decimal, points_in_words, said, title
from grader.report.words import status as status_of

_STYLES = {
    "passed": "green",
    "partly": "yellow",
    "failed": "red",
    "timeout": "red",
    "crashed": "red",
    "error": "red",
    "blocked": "yellow",
    "grader_error": "magenta",
}
_MESSAGE_CHARACTERS = 600
_NAME_CHARACTERS = 40
_NARROW_NAME = 20
_NAMES = 8
_SENTENCE = 26
"""Columns that a sentence needs to be read easily."""


def _table(columns: Sequence[str], translate: Translate, *, numbers: Sequence[str], name: int | None = None) -> Table:
    """Build a table whose last column takes the rest. The column of a submission is at most `name` wide."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
    for column in columns:
        gives_way = column == columns[-1]
        table.add_column(
            Text(translate(f"report/column-{column}", {})),
            justify="right" if column in numbers else "left",
            no_wrap=not gives_way and column != "submission",
            max_width=name if column == "submission" else None,
            overflow="fold",
        )
    return table


def _title_and_message(test: ScoredTest, translate: Translate, *, before: ScoredTest | None) -> Text:
    """Return a test's title and message.

    The message is left out where there is nothing to do, or where it was said just above.
    """
    text = Text(title(test.verdict.test, translate))
    if test.verdict.status != "passed" and not waits_like(before, test):
        text.append("\n" + one_line(said(test.verdict, translate), _MESSAGE_CHARACTERS), style="dim")
    return text


def _one(result: Result, translate: Translate) -> Table:
    table = _table(("status", "points", "test"), translate, numbers=("points",))
    for before, test in zip((None, *result.tests), result.tests, strict=False):
        status = status_of(test)
        words = Text(translate(f"report/status-{status}", {}), style=_STYLES[status])
        table.add_row(
            words, Text(points_in_words(total([test]), translate)), _title_and_message(test, translate, before=before)
        )
    return table


def _score(result: Result, translate: Translate) -> Text:
    """Return the points, green if none is missing. A dash stands for a failure of the grader."""
    if result.score is None:
        return Text("—", style=_STYLES["grader_error"])
    score = decimal(shown(result_points(result).score), translate)
    return Text(score, style="green" if result.status == "passed" else "")


def _note(result: Result, translate: Translate) -> Text:
    """Return what to repair and what to check. The first mistake and the flags have a line each."""
    first = first_mistake(result)
    lines = [] if first is None else [Text(title(first.verdict.test, translate))]
    if result.status == "grader_error":
        lines.append(Text(translate("report/result-grader_error", {}), style=_STYLES["grader_error"]))
    if result.flags:
        lines.append(Text(translate("report/flags", {"flags": _titles(result.flags, translate)}), style="magenta"))
    return Text("\n").join(lines)


def _titles(tests: Sequence[str], translate: Translate) -> str:
    return "; ".join(title(test, translate) for test in tests)


def _cells(result: Result, translate: Translate) -> dict[str, Text]:
    """Return all that a row can show, by column."""
    accuracy = result.metrics.accuracy
    return {
        "submission": Text(one_line(result.submission, _NAME_CHARACTERS)),
        "score": _score(result, translate),
        **{name: Text(decimal(shown(total(tests).score), translate)) for name, tests in by_category(result).items()},
        "accuracy_percent": Text("" if accuracy is None else decimal(percent(accuracy), translate)),
        "seconds": Text(f"{result.provenance.seconds:.0f}"),
        "first": _note(result, translate),
    }


def _name_width(width: int) -> int:
    """Return the name column's maximum width. A longer name is folded."""
    return min(_NAME_CHARACTERS, max(_NARROW_NAME, width // 5))


def _columns(rows: Sequence[dict[str, Text]], worth: Sequence[str], translate: Translate, width: int) -> list[str]:
    """Choose the columns that fit the width.

    A sentence keeps its room: where that is scarce, first seconds go, then categories.
    """

    def room(columns: Sequence[str]) -> int:
        used = 0
        for column in columns[:-1]:
            cells = [row[column].cell_len for row in rows if column in row]
            most = max([Text(translate(f"report/column-{column}", {})).cell_len, *cells])
            used += min(most, _name_width(width)) + 1 if column == "submission" else most + 1
        return width - used

    whole = ["submission", "score", *worth, "accuracy_percent", "seconds", "first"]
    without_seconds = [column for column in whole if column != "seconds"]
    choices = [whole, without_seconds, ["submission", "score", "accuracy_percent", "first"]]
    return next((columns for columns in choices if room(columns) >= _SENTENCE), choices[-1])


def _many(results: Sequence[Result], translate: Translate, width: int) -> Table:
    rows = [_cells(result, translate) for result in results]
    with_points = {name for result in results for name, tests in by_category(result).items() if total(tests).max_cents}
    columns = _columns(rows, [name for name in CATEGORIES if name in with_points], translate, width)
    table = _table(columns, translate, numbers=columns[1:-1], name=_name_width(width))
    for row in rows:
        table.add_row(*(row.get(column, Text("")) for column in columns))
    return table


def _trials_among_grades(results: Sequence[Result], translate: Translate) -> list[str]:
    """Name the results that are no grades, where others are. Of a class without grades a note says so once."""
    trials = [result for result in results if not result.is_grade and result.fault is None]
    if not trials or not any(result.is_grade for result in results):
        return []
    named = [one_line(result.submission, _NAME_CHARACTERS) for result in trials]
    return [translate("report/trials-named", {"names": first_few(named, _NAMES)})]


def _summary(results: Sequence[Result], translate: Translate) -> list[str]:
    if len(results) == 1:
        (result,) = results
        points = points_in_words(result_points(result), translate)
        lines = [f"{one_line(result.submission)}: {points}"] if result.score is not None else []
        lines += [accuracy_line(result.metrics, result.provenance.threshold, translate)]
        lines += [translate("report/flags", {"flags": _titles(result.flags, translate)})] if result.flags else []
    else:
        counts = Counter[str](result.status for result in results)
        states = ("passed", "failed", "grader_error")
        named = [f"{translate(f'report/result-{name}', {})}: {counts[name]}" for name in states if counts[name]]
        lines = [", ".join(named)]
    for result in results:
        if result.fault is not None:
            fault = {"submission": one_line(result.submission), "fault": one_line(result.fault)}
            lines.append(translate("report/fault", fault))
    notes = {
        note.removeprefix("> ") for result in counted(results) for note in trial_note(result.provenance, translate)
    }
    return [line for line in (*lines, *sorted(notes), *_trials_among_grades(results, translate)) if line]


def render_table(results: Sequence[Result], translate: Translate, *, width: int | None = None) -> str:
    """Return the summary of a run, ending in a newline.

    Args:
        results: at least one; for exactly one, its tests are listed.
        translate: makes the words, in one language.
        width: columns of the terminal, which also turns colours on; None writes plain text of any width.
    """
    table = _one(results[0], translate) if len(results) == 1 else _many(results, translate, width or PLAIN_WIDTH)
    return on_screen([table, Text(), *map(Text, _summary(results, translate))], width)
