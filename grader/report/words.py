"""Tests and verdicts in words: titles and messages. A title stands in place of an id, a message in place of a hint."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from grader.model import Result, ScoredTest, Verdict
from grader.report.escape import Translate, code_span, first_few, markdown_message, message, one_line
from grader.report.points import Points, shown
from grader.report.verdicts import held_back_by, hint_of

_MOST_WAITING = 5


def readable_time(started: str) -> str:
    """Format an ISO 8601 time for people. It ends in Z; what is no time stays as it is."""
    try:
        return f"{datetime.fromisoformat(started):%Y-%m-%d %H:%M}"
    except ValueError:
        return one_line(started)


def _title(test: str, translate: Translate) -> str | None:
    """Return the title of a test. None where it has none, such as a test of a course's own."""
    hint = f"title/{test}"
    text = translate(hint, {})
    return None if text == hint else text


def title(test: str, translate: Translate) -> str:
    """Return a test's title as plain text. It is on one line; the id stands in where there is no title."""
    return _title(test, translate) or one_line(test)


def title_in_markdown(test: str, translate: Translate) -> str:
    """Return a test's title in Markdown."""
    return _title(test, translate) or code_span(test)


def points_in_words(points: Points, translate: Translate) -> str:
    """Points out of those there were, as in "17.5 / 20", with the decimal mark of the language."""
    return translate("report/points", {"score": shown(points.score), "max_score": shown(points.max_score)})


def decimal(number: str, translate: Translate) -> str:
    """Write a number with the language's decimal mark.

    Args:
        number: as Python writes it, with a point; any other text stays as it is.
        translate: makes the words, in one language.
    """
    return translate("report/number", {"number": number})


def status(test: ScoredTest) -> str:
    """Return a test's status for reports. What earned a part of its points is "partly", and has not simply failed."""
    return "partly" if test.verdict.status == "failed" and 0 < test.score < test.max_score else test.verdict.status


def said(verdict: Verdict, translate: Translate) -> str:
    """Return a verdict's message as one plain line."""
    if verdict.status == "blocked" and verdict.blocked_by is not None:
        test = verdict.blocked_by
        return translate("report/waits-for", {"title": title(test, translate), "test": one_line(test)})
    return message(translate, *hint_of(verdict))


def said_in_markdown(verdict: Verdict, translate: Translate) -> str:
    """Return a verdict's message as one Markdown line."""
    if verdict.status == "blocked" and verdict.blocked_by is not None:
        test = verdict.blocked_by
        return translate("report/waits-for", {"title": title_in_markdown(test, translate), "test": code_span(test)})
    return markdown_message(translate, *hint_of(verdict))


def holds_back(result: Result, test: str, translate: Translate, titled: Callable[[str, Translate], str]) -> str:
    """Say how many tests wait for `test`. The first few are named by their titles; "" where none does.

    Args:
        result: of a submission.
        test: the id of a test of it.
        translate: makes the words, in one language.
        titled: what a test is called, as `title` or `title_in_markdown`.
    """
    waiting = held_back_by(result, test)
    if not waiting:
        return ""
    named = first_few([titled(one, translate) for one in waiting], _MOST_WAITING, "; ")
    return translate("report/holds-back", {"n": len(waiting), "tests": named})
