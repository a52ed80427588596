"""Submissions that a person should look at.

They have flags, faults, close calls or adjustments, or are not among the graded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from grader.model import Result
from grader.report.adjusted import adjusted, final_line, is_changed
from grader.report.escape import Translate, code_span
from grader.report.markdown import attempts, percent
from grader.report.mistakes import counted
from grader.report.pages.class_table import (
    Link,
    interval_of,
    is_borderline,
    is_to_look_at,
    link_to,
)
from grader.report.points import result_points
from grader.report.words import points_in_words, title_in_markdown

_MOST_LINES = 100
"""Maximum number of notes on one submission. A page has to stay readable."""


@dataclass(frozen=True)
class Entry:
    """One submission in a list. Its text is a line of Markdown, and so are the lines below it."""

    link: Link
    text: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class CloseCall:
    """An accuracy whose 95 % interval contains the goal. All numbers are in per cent."""

    link: Link
    accuracy: str
    low: str
    high: str
    goal: str
    reached: bool


@dataclass(frozen=True)
class TimeSpent:
    """Seconds of grading: total, median, and the longest."""

    total: float
    median: float
    longest: tuple[tuple[Link, float], ...]


def _notes(result: Result, *, of_integrity: bool) -> tuple[str, ...]:
    notes = (
        code_span(test.verdict.staff_note)
        for test in result.tests
        if test.verdict.staff_note and (test.verdict.category == "integrity") == of_integrity
    )
    return tuple(list(dict.fromkeys(notes))[:_MOST_LINES])


def to_look_at(results: Sequence[Result], translate: Translate) -> list[Entry]:
    """List submissions to look at, with staff notes. They are flagged, or passed an integrity test with a note."""
    entries = []
    for result in filter(is_to_look_at, results):
        named = result.flags or tuple(
            test.verdict.test
            for test in result.tests
            if test.verdict.category == "integrity" and test.verdict.staff_note
        )
        text = "; ".join(title_in_markdown(test, translate) for test in named)
        entries.append(Entry(link_to(result, translate), text, _notes(result, of_integrity=True)))
    return entries


def other_notes(results: Sequence[Result], translate: Translate) -> list[Entry]:
    """List other notes for staff. No student's page has them."""
    entries = [Entry(link_to(result, translate), "", _notes(result, of_integrity=False)) for result in results]
    return [entry for entry in entries if entry.lines]


def faults(results: Sequence[Result], translate: Translate) -> list[Entry]:
    """List submissions on which the grader failed."""
    return [
        Entry(link_to(result, translate), code_span(result.fault or ""))
        for result in results
        if result.status == "grader_error"
    ]


def close_calls(results: Sequence[Result], translate: Translate) -> list[CloseCall]:
    """List accuracies close to the goal, the closest first. Chance may have put them on one side of it."""
    calls = []
    for result in filter(is_borderline, counted(results)):
        interval, accuracy, goal = interval_of(result), result.metrics.accuracy or 0.0, result.provenance.threshold
        if interval is not None:
            low, high = map(percent, interval)
            call = CloseCall(link_to(result, translate), percent(accuracy), low, high, percent(goal), accuracy >= goal)
            calls.append((abs(accuracy - goal), call))
    return [call for _, call in sorted(calls, key=lambda pair: pair[0])]


def changed(results: Sequence[Result], translate: Translate) -> list[Entry]:
    """List adjustments and lateness, with the final points."""
    return [
        Entry(
            link_to(result, translate),
            f"{points_in_words(result_points(result), translate)}. {final_line(result, translate)}",
            tuple(adjusted(result, translate)),
        )
        for result in results
        if is_changed(result)
    ]


def from_before(results: Sequence[Result], translate: Translate) -> list[Entry]:
    """List submissions that the last run left out. It says when they were graded."""
    return [
        Entry(link_to(result, translate), code_span(result.provenance.started) if result.provenance.started else "")
        for result in results
        if not result.in_last_run
    ]


def trials(results: Sequence[Result], translate: Translate) -> list[Entry]:
    """List results that are no grades, while others are. It says of what each is."""
    if not any(result.is_grade for result in results):
        return []
    every = translate("report/every-category", {})
    return [
        Entry(
            link_to(result, translate),
            f"{points_in_words(result_points(result), translate)}, {code_span(result.provenance.dataset)}, "
            + (every if result.is_whole else _categories(result, translate)),
        )
        for result in results
        if not result.is_grade
    ]


def _categories(result: Result, translate: Translate) -> str:
    return ", ".join(translate(f"report/category-{name}", {}) for name in result.categories)


def earlier(results: Sequence[Result], translate: Translate) -> list[Entry]:
    """List attempts that do not count. They belong to people who handed in more than once."""
    return [
        Entry(link_to(result, translate), attempts(result.identity.earlier_attempts))
        for result in results
        if result.identity.earlier_attempts
    ]


def time_spent(results: Sequence[Result], translate: Translate) -> TimeSpent | None:
    """Return how long grading took. None where nothing was executed."""
    timed = [result for result in results if result.provenance.seconds > 0]
    if not timed:
        return None
    seconds = [result.provenance.seconds for result in timed]
    longest = sorted(timed, key=lambda result: -result.provenance.seconds)[:3]
    named = tuple((link_to(result, translate), result.provenance.seconds) for result in longest)
    return TimeSpent(sum(seconds), median(seconds), named)
