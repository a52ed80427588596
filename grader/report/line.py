"""A result on one line, shown while a batch runs."""

from __future__ import annotations

from grader.model import Result
from grader.report.escape import Translate, one_line
from grader.report.points import result_points
from grader.report.verdicts import first_mistake
from grader.report.words import points_in_words, title

_NAME_CHARACTERS = 40


def finished(result: Result, translate: Translate) -> str:
    """Return a finished submission's line.

    It has the name, the points and what to repair first, or what went wrong with the grader.
    """
    name, first = one_line(result.submission, _NAME_CHARACTERS), first_mistake(result)
    if result.fault is not None:
        return translate("report/fault", {"submission": name, "fault": one_line(result.fault)})
    points = f"{name}: {points_in_words(result_points(result), translate)}"
    return points if first is None else f"{points} · {title(first.verdict.test, translate)}"
