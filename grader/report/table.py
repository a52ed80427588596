"""The summary on stdout: every test of one submission, or a row for each of many."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.model import CATEGORIES, Result
from grader.report.escape import Translate, message, one_line
from grader.report.markdown import accuracy_line, percent, trial_note
from grader.report.points import by_category, result_points, shown, total
from grader.report.verdicts import first_mistake, hint_of

_STYLES = {
    "passed": "green",
    "failed": "red",
    "timeout": "red",
    "crashed": "red",
    "error": "red",
    "blocked": "yellow",
    "grader_error": "magenta",
}
_MAY_WRAP = ("test", "message", "submission", "flags", "first")
_MESSAGE_CHARACTERS = 600
_NAME_CHARACTERS = 40
_PLAIN_WIDTH = 1000
"""Wide enough that nothing is cut where no terminal sets a width."""


def _status(status: str, translate: Translate) -> Text:
    return Text(translate(f"report/status-{status}", {}), style=_STYLES[status])


def _table(headings: Sequence[str], translate: Translate, numbers: Sequence[str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
    for heading in headings:
        table.add_column(
            Text(translate(f"report/column-{heading}", {})),
            justify="right" if heading in numbers else "left",
            no_wrap=heading not in _MAY_WRAP,
            overflow="fold",
        )
    return table


def _one(result: Result, translate: Translate) -> Table:
    table = _table(("test", "status", "points", "message"), translate, ("points",))
    for test in result.tests:
        verdict = test.verdict
        words = "" if verdict.status == "passed" else message(translate, *hint_of(verdict))
        table.add_row(
            Text(one_line(verdict.test)),
            _status(verdict.status, translate),
            Text(str(total([test]))),
            Text(one_line(words, _MESSAGE_CHARACTERS)),
        )
    return table


def _many(results: Sequence[Result], translate: Translate) -> Table:
    worth = {name for result in results for name, tests in by_category(result).items() if total(tests).max_cents}
    present = [name for name in CATEGORIES if name in worth]
    measures = ("score", *present, "accuracy_percent", "seconds")
    table = _table(("submission", "status", *measures, "flags", "first"), translate, measures)
    for result in results:
        parts = by_category(result)
        first = first_mistake(result)
        accuracy = result.metrics.accuracy
        table.add_row(
            Text(one_line(result.submission, _NAME_CHARACTERS)),
            _status(result.status, translate),
            Text("" if result.score is None else shown(result_points(result).score)),
            *(Text(shown(total(parts[name]).score) if name in parts else "") for name in present),
            Text("" if accuracy is None else percent(accuracy)),
            Text(f"{result.provenance.seconds:.0f}"),
            Text(one_line(" ".join(result.flags))),
            Text("" if first is None else one_line(hint_of(first.verdict)[0])),
        )
    return table


def _summary(results: Sequence[Result], translate: Translate) -> list[str]:
    if len(results) == 1:
        (result,) = results
        lines = [f"{one_line(result.submission)}: {result_points(result)}"] if result.score is not None else []
        lines += [accuracy_line(result.metrics, result.provenance.threshold, translate)]
        lines += [translate("report/flags", {"flags": one_line(", ".join(result.flags))})] if result.flags else []
    else:
        counts = Counter[str](result.status for result in results)
        states = ("passed", "failed", "grader_error")
        lines = [", ".join(f"{translate(f'report/status-{name}', {})}: {counts[name]}" for name in states)]
    for result in results:
        if result.fault is not None:
            fault = {"submission": one_line(result.submission), "fault": one_line(result.fault)}
            lines.append(translate("report/fault", fault))
    notes = {note.removeprefix("> ") for result in results for note in trial_note(result.provenance, translate)}
    return [line for line in (*lines, *sorted(notes)) if line]


def render_table(results: Sequence[Result], translate: Translate, *, width: int | None = None) -> str:
    """The summary of a run, ending in a newline.

    Args:
        results: at least one; for exactly one, its tests are listed.
        translate: makes the words, in one language.
        width: columns of the terminal, which also turns colours on; None writes plain text of any width.
    """
    terminal = width is not None
    console = Console(
        file=io.StringIO(),
        width=width or _PLAIN_WIDTH,
        force_terminal=terminal,
        color_system="standard" if terminal else None,
    )
    with console.capture() as capture:
        console.print(_one(results[0], translate) if len(results) == 1 else _many(results, translate))
    body = "\n".join(line.rstrip() for line in capture.get().strip("\n").split("\n"))
    return "\n".join([body, "", *_summary(results, translate)]) + "\n"
