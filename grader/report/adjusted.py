"""Adjustments and lateness of a submission, in words. They stand apart from what the tests have earned."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from grader.final import final_grade
from grader.model import Adjustment, Result
from grader.report.escape import Translate, markdown_message, message, one_line
from grader.report.points import shown
from grader.report.words import title, title_in_markdown

_Message = Callable[[Translate, str, Mapping[str, object]], str]
_Title = Callable[[str, Translate], str]


def is_changed(result: Result) -> bool:
    """Whether people or lateness have changed the result."""
    return bool(result.adjustments) or (result.lateness is not None and result.lateness.days > 0)


def final_line(result: Result, translate: Translate) -> str:
    """Return the final grade as one line of plain text. It says that there is none where the submission is excused."""
    final = final_grade(result)
    if final.excused:
        return translate("report/final-excused", {})
    if final.score is None:
        return translate("report/final-none", {})
    return translate("report/final", {"score": shown(final.score), "max_score": shown(final.max_score)})


def _points(one: Adjustment) -> str:
    sign = "" if not one.relative or one.points is None else ("+" if one.points >= 0 else "−")
    return sign + shown(abs(one.points or 0.0))


def _hint(one: Adjustment) -> str:
    if one.excused:
        return "excused"
    if one.points is None:
        return "commented"
    return "added" if one.relative else "set"


def _said(one: Adjustment, translate: Translate, worded: _Message, titled: _Title) -> str:
    """Return one adjustment on a line."""
    of = {"": "total", "lateness": "lateness"}.get(one.test, "test")
    data = {"points": _points(one), "by": one_line(one.by)}
    if of == "test":
        test = titled(one.test, translate)
        line = translate(f"report/adjusted-test-{_hint(one)}", {"test": test, "points": data["points"]})
    else:
        line = translate(f"report/adjusted-{of}-{_hint(one)}", {"points": data["points"]})
    told = [worded(translate, "report/adjusted-by", {"by": data["by"]})] if one.by else []
    told += [worded(translate, "report/adjusted-comment", {"comment": one.comment})] if one.comment else []
    return " ".join([line, *told])


def _late(result: Result, translate: Translate) -> list[str]:
    late = result.lateness
    if late is None or late.days == 0:
        return []
    points = final_grade(result).late_points
    data = {"n": late.days, "points": shown(points), "percent": shown(late.percent)}
    return [translate("report/late" if points else "report/late-free", data)]


def adjusted(result: Result, translate: Translate) -> Sequence[str]:
    """Return a line of Markdown for each adjustment. Lateness has one too; the words of a person mark nothing up."""
    said = (_said(one, translate, markdown_message, title_in_markdown) for one in result.adjustments)
    return [*said, *_late(result, translate)]


def adjusted_in_text(result: Result, translate: Translate) -> Sequence[str]:
    """Return the lines of `adjusted` as plain text."""
    return [*(_said(one, translate, message, title) for one in result.adjustments), *_late(result, translate)]
