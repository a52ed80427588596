"""The table of a class, a row per submission. It can be sorted, filtered and searched."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from grader.categories import CATEGORIES
from grader.final import final_grade
from grader.model import Result, Said, ScoredTest, Verdict
from grader.report.adjusted import is_changed
from grader.report.escape import Translate, one_line
from grader.report.interval import wilson_interval
from grader.report.markdown import percent
from grader.report.pages.environment import language_of
from grader.report.points import by_category, shown, total
from grader.report.verdicts import first_mistake, hint_of
from grader.report.words import decimal, title

_NAME_CHARACTERS = 80
_NOT_JUDGED = "passed", "blocked"


@dataclass(frozen=True)
class Number:
    """A number as shown, with its value for sorting. `value` is None where there is none."""

    shown: str
    value: float | None = None


@dataclass(frozen=True)
class Link:
    """A submission's name, with a link to its page. The link is relative to the folder of results."""

    name: str
    href: str


@dataclass(frozen=True)
class Row:
    """One submission in the table. All texts are on one line and legible.

    Args:
        link: its name, and its page.
        who: the student's name and number, and the entry, as far as they say more than the name.
        status: "passed", "failed" or "grader_error".
        score: what stands in the grade book.
        earned: what the tests have earned, where that is something else; "" otherwise.
        points: of each category of the table.
        accuracy: in per cent.
        seconds: of the whole grading.
        first: the title of the test to repair first; "" for none.
        notes: ids of what there is to know beside, see `notes_of`.
        lost_points_in: the categories in which points are missing.
        mistakes: keys of `mistake_of`, of what there is to explain.
    """

    link: Link
    who: str
    status: str
    score: Number
    earned: str
    points: tuple[Number, ...]
    accuracy: Number
    seconds: Number
    first: str
    notes: tuple[str, ...]
    lost_points_in: tuple[str, ...]
    mistakes: tuple[str, ...]


def link_to_page(submission: str, translate: Translate) -> Link:
    """Return the link to a student's page. The page is the one in the language of `translate`."""
    page = f"{quote(submission, safe='')}/feedback.{language_of(translate)}.html"
    return Link(one_line(submission, _NAME_CHARACTERS), page)


def link_to(result: Result, translate: Translate) -> Link:
    """Return the link to the page of a result's student."""
    return link_to_page(result.submission, translate)


def mistakes_in(result: Result) -> list[ScoredTest]:
    """Return the tests that were judged and not passed."""
    return [test for test in result.tests if test.verdict.status not in _NOT_JUDGED]


def mistakes_to_explain(result: Result) -> list[ScoredTest]:
    """Return the mistakes worth explaining. Those of integrity are not among them.

    An accuracy that is too low counts only where nothing else is wrong, as it is what comes of other mistakes.
    """
    mistakes = [test for test in mistakes_in(result) if test.verdict.category != "integrity"]
    own = [test for test in mistakes if test.verdict.category != "accuracy"]
    return own or mistakes


def mistake_of(verdict: Verdict) -> str:
    """Return the key of a verdict's misconception. It is made of its message, and the one within it that says why."""
    hint, data = hint_of(verdict)
    inner = [value for each in data.values() for value in (each if isinstance(each, tuple) else (each,))]
    return " ".join([hint, *(value.hint for value in inner if isinstance(value, Said))][:2])


def interval_of(result: Result) -> tuple[float, float] | None:
    """Return the accuracy's 95 % interval. None where nothing was counted."""
    metrics = result.metrics
    if metrics.correct is None or not metrics.test_size:
        return None
    return wilson_interval(metrics.correct, metrics.test_size)


def is_borderline(result: Result) -> bool:
    """Whether the accuracy's interval contains the goal. If so, chance may have decided."""
    interval = interval_of(result)
    return interval is not None and interval[0] <= result.provenance.threshold <= interval[1]


def is_to_look_at(result: Result) -> bool:
    """Whether a person should look at it. It is flagged, or passed an integrity test with a note for staff."""
    noted = (test.verdict for test in result.tests if test.verdict.category == "integrity" and test.verdict.staff_note)
    return bool(result.flags) or any(verdict.status == "passed" for verdict in noted)


NOTES = ("flagged", "borderline", "late", "adjusted", "excused", "trial", "before", "earlier")
"""Marks a row may have beside its points. The words are `class/note-…`."""


def notes_of(result: Result, *, beside_grades: bool) -> tuple[str, ...]:
    """Return the marks of a submission, of `NOTES`.

    Args:
        result: of the submission.
        beside_grades: whether others have grades, so that a trial stands out.
    """
    is_late = (result.lateness is not None and result.lateness.days > 0) or result.identity.late
    holds = {
        "flagged": is_to_look_at(result),
        "borderline": is_borderline(result),
        "late": is_late,
        "adjusted": bool(result.adjustments),
        "excused": is_changed(result) and final_grade(result).excused,
        "trial": beside_grades and not result.is_grade,
        "before": not result.in_last_run,
        "earlier": bool(result.identity.earlier_attempts),
    }
    return tuple(note for note in NOTES if holds[note])


def _who(result: Result) -> str:
    student = result.identity.student
    parts = [one_line(student.get(key, ""), _NAME_CHARACTERS) for key in ("name", "id", "email")]
    if result.identity.entry and not f"{result.identity.entry}.".startswith(f"{result.submission}."):
        parts.append(one_line(result.identity.entry, _NAME_CHARACTERS))
    return " · ".join(dict.fromkeys(part for part in parts if part and part != result.submission))


def _number(text: str, value: float, translate: Translate) -> Number:
    return Number(decimal(text, translate), value)


def _accuracy(result: Result, translate: Translate) -> Number:
    accuracy = result.metrics.accuracy
    if accuracy is None or not math.isfinite(accuracy):
        return Number("")
    return _number(percent(accuracy), accuracy, translate)


def categories_of(results: Iterable[Result]) -> list[str]:
    """Return the categories that carry points for anybody. They are the columns of the table."""
    worth = {name for result in results for name, tests in by_category(result).items() if total(tests).max_cents}
    return [name for name in CATEGORIES if name in worth]


def _row(result: Result, categories: Sequence[str], translate: Translate, *, beside_grades: bool) -> Row:
    final, first, parts = final_grade(result), first_mistake(result), by_category(result)
    points = {name: total(tests) for name, tests in parts.items()}
    differs = final.is_adjusted and final.earned is not None
    return Row(
        link=link_to(result, translate),
        who=_who(result),
        status=result.status,
        score=Number("–") if final.score is None else _number(shown(final.score), final.score, translate),
        earned=decimal(shown(final.earned), translate) if differs and final.earned is not None else "",
        points=tuple(
            _number(shown(points[name].score), points[name].score, translate) if name in points else Number("")
            for name in categories
        ),
        accuracy=_accuracy(result, translate),
        seconds=Number(f"{result.provenance.seconds:.0f}", result.provenance.seconds),
        first="" if first is None else title(first.verdict.test, translate),
        notes=notes_of(result, beside_grades=beside_grades),
        lost_points_in=tuple(name for name, part in points.items() if part.cents < part.max_cents),
        mistakes=tuple(dict.fromkeys(mistake_of(test.verdict) for test in mistakes_to_explain(result))),
    )


def rows_of(results: Sequence[Result], categories: Sequence[str], translate: Translate) -> list[Row]:
    """Return a row for each result, in order. It has the points in these categories."""
    beside_grades = any(result.is_grade for result in results)
    return [_row(result, categories, translate, beside_grades=beside_grades) for result in results]
