"""Results on a terminal, for instructors. They show all about one submission, or a class and its common mistakes."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType
from rich.text import Text

from grader.model import Result
from grader.report.adjusted import adjusted_in_text, final_line, is_changed
from grader.report.escape import Translate, first_few, one_line
from grader.report.markdown import confusions, facts, loss_bars
from grader.report.mistakes import common_mistakes, counted
from grader.report.screen import heading, indented, on_screen
from grader.report.table import render_table
from grader.report.verdicts import first_mistake
from grader.report.words import holds_back, said, title
from grader.roster import Person

_NAMES = 8
_MISTAKES = 5
_BELOW_COUNT = 6
"""Columns before the message of a mistake, which stands below its title."""
_BAR_CHARACTERS = 40
_BESIDE_BAR = 20
"""Columns beside the bar of a curve's line."""

Parts = list[RenderableType]


def _section(name: str, lines: Sequence[str], translate: Translate, width: int | None) -> Parts:
    """Return a heading and indented paragraphs.

    An empty line comes before them; nothing is returned where there are no lines.
    """
    if not lines:
        return []
    return [Text(), heading(translate(f"report/{name}", {})), *(indented(line, width) for line in lines)]


def _whose(result: Result) -> str:
    """Return who handed it in, if known. What the name of the submission says already is left out."""
    known = (result.identity.student.get(key, "") for key in ("name", "id", "email"))
    return ", ".join(one_line(text) for text in known if text and text != result.submission)


def _first(result: Result, translate: Translate) -> list[str]:
    first = first_mistake(result)
    if first is None:
        return []
    test = first.verdict.test
    lines = [f"{title(test, translate)} ({one_line(test)})", said(first.verdict, translate)]
    if waiting := holds_back(result, test, translate, title):
        lines.append(waiting)
    return lines


def _notes(result: Result, translate: Translate) -> list[str]:
    return [
        f"{title(test.verdict.test, translate)}: {one_line(test.verdict.staff_note)}"
        for test in result.tests
        if test.verdict.staff_note
    ]


def _facts(result: Result, translate: Translate) -> list[str]:
    known = facts(result, translate)
    known.append((translate("report/run-submitted", {}), result.identity.submitted))
    known += [(translate("report/run-other-attempts", {}), ", ".join(result.identity.earlier_attempts))]
    return [f"{name}: {one_line(value)}" for name, value in known if value]


def one_in_full(result: Result, translate: Translate, *, width: int | None = None) -> str:
    """Return all about one submission, for instructors. Notes for staff are among it; it ends in a newline.

    Args:
        result: on the terms of its folder.
        translate: makes the words, in one language.
        width: columns of the terminal, which also turns colours on; None writes plain text of any width.
    """
    bar = _BAR_CHARACTERS if width is None else max(1, min(_BAR_CHARACTERS, width - _BESIDE_BAR - 2))
    changes = [final_line(result, translate), *adjusted_in_text(result, translate)] if is_changed(result) else []
    sections = {
        "first": _first(result, translate),
        "confusions": confusions(result.metrics.confusion, translate),
        "curve": loss_bars(result.metrics.train_loss, translate, bar),
        "adjusted-title": changes,
        "staff-notes": _notes(result, translate),
        "run": _facts(result, translate),
    }
    whose = _whose(result)
    parts: Parts = [Text(whose)] if whose else []
    for name, lines in sections.items():
        parts += _section(name, lines, translate, width)
    return f"{render_table([result], translate, width=width)}\n{on_screen(parts, width)}"


def _names(results: Sequence[Result]) -> str:
    return first_few([one_line(result.submission) for result in results], _NAMES)


def _mistakes(results: Sequence[Result], translate: Translate, width: int | None) -> Parts:
    parts: Parts = []
    for mistake in common_mistakes(counted(results))[:_MISTAKES]:
        test = title(mistake.example.test, translate)
        parts.append(Text(f"{len(mistake.results):3d} × {test} ({_names(mistake.results)})"))
        parts.append(indented(said(mistake.example, translate), width, _BELOW_COUNT))
    return [Text(), heading(translate("report/mistakes", {})), *parts] if parts else []


def class_at_a_glance(
    results: Sequence[Result], translate: Translate, missing: Sequence[Person] = (), *, width: int | None = None
) -> str:
    """Return a class's table and its common mistakes. The table is that of `grader PATH`; the text ends in a newline.

    Adjustments and who is missing stand below.

    Args:
        results: of two or more.
        translate: makes the words, in one language.
        missing: who has handed in nothing.
        width: as of `one_in_full`.
    """
    changed = [
        f"{one_line(result.submission)}: {final_line(result, translate)}" for result in results if is_changed(result)
    ]
    named = [", ".join(one_line(str(person)) for person in missing)] if missing else []
    parts = _mistakes(results, translate, width)
    parts += _section("adjusted-title", changed, translate, width)
    parts += _section("missing-title", named, translate, width)
    table = render_table(results, translate, width=width)
    return f"{table}\n{on_screen(parts, width)}" if parts else table
