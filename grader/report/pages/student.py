"""A student's page. It shows the score and what it is made of, what to do first, and what the network has learned."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from grader.model import Result, ScoredTest
from grader.report.adjusted import adjusted, final_line, is_changed
from grader.report.escape import Translate, code_span, one_line
from grader.report.markdown import origin, printed_end, trial_note
from grader.report.pages.environment import LANGUAGE_NAMES, language_of, marked, render
from grader.report.pages.evidence import Evidence, advice_in_markdown, evidence_of, grouped
from grader.report.pages.learned import learned
from grader.report.points import Points, by_category, result_points, total
from grader.report.verdicts import waits_like
from grader.report.words import holds_back, points_in_words, readable_time, said_in_markdown, title_in_markdown
from grader.report.words import status as status_of

FILE = "feedback.{language}.html"
_SIGNS = {"passed": "✓", "partly": "◐", "blocked": "○"}
_KINDS = {"passed": "good", "partly": "part", "blocked": "faint"}


@dataclass(frozen=True)
class Bar:
    """A category's points as a bar."""

    name: str
    points: Points

    @property
    def share(self) -> float:
        """The share of points earned, in [0, 1]. It is 1 where there are none to earn."""
        return self.points.cents / self.points.max_cents if self.points.max_cents else 1.0


@dataclass(frozen=True)
class Mistake:
    """A test that was judged and not passed."""

    title: Markup
    test: str
    status: str
    points: Points
    said: Markup
    evidence: Evidence
    waiting: Markup | None


@dataclass(frozen=True)
class Line:
    """A test in the list of all."""

    title: Markup
    sign: str
    kind: str
    status: str
    points: str
    said: Markup | None


@dataclass(frozen=True)
class Used:
    """A resource, its use and its limit. All are text, and `share` is None where there is no limit."""

    name: str
    used: str
    limit: str | None
    share: float | None


def _bars(result: Result, translate: Translate) -> list[Bar]:
    bars = [
        Bar(translate(f"report/category-{one_line(name)}", {}), total(tests))
        for name, tests in by_category(result).items()
    ]
    return [bar for bar in bars if bar.points.max_cents]


def _waiting(result: Result, test: str, translate: Translate) -> Markup | None:
    """Return which tests wait for this mistake."""
    waiting = holds_back(result, test, translate, title_in_markdown)
    return marked(waiting) if waiting else None


def _mistakes(result: Result, translate: Translate) -> list[Mistake]:
    """Return all mistakes in the order of repair. It is the order of judging."""
    return [
        Mistake(
            title=marked(title_in_markdown(test.verdict.test, translate)),
            test=one_line(test.verdict.test),
            status=translate(f"report/status-{status_of(test)}", {}),
            points=total([test]),
            said=marked(advice_in_markdown(test.verdict, translate)),
            evidence=evidence_of(test.verdict, translate),
            waiting=_waiting(result, test.verdict.test, translate),
        )
        for test in result.tests
        if test.verdict.status not in {"passed", "blocked"}
    ]


def _line(test: ScoredTest, translate: Translate, *, before: ScoredTest | None) -> Line:
    """Return a test's line. It says what the test waits for unless the one `before` it waits for the same."""
    status = status_of(test)
    return Line(
        title=marked(title_in_markdown(test.verdict.test, translate)),
        sign=_SIGNS.get(status, "✗"),
        kind=_KINDS.get(status, "bad"),
        status=translate(f"report/status-{status}", {}),
        points=points_in_words(total([test]), translate) if total([test]).max_cents else "",
        said=marked(said_in_markdown(test.verdict, translate))
        if status == "blocked" and not waits_like(before, test)
        else None,
    )


def _tests(result: Result, translate: Translate) -> list[tuple[Bar, list[Line]]]:
    return [
        (
            Bar(translate(f"report/category-{one_line(name)}", {}), total(tests)),
            [_line(test, translate, before=before) for before, test in zip((None, *tests), tests, strict=False)],
        )
        for name, tests in by_category(result).items()
    ]


def _used(result: Result, translate: Translate) -> list[Used]:
    metrics, allowed = result.metrics, result.metrics.allowed
    rows: list[tuple[str, float | None, float | None, str]] = [
        ("train-seconds", metrics.train_seconds, allowed.train_seconds, "s"),
        ("memory", metrics.peak_memory_mb, allowed.memory_mb, "MB"),
        ("parameters", metrics.n_parameters, allowed.parameters, ""),
        ("epochs", metrics.epochs, None, ""),
    ]
    units = {"": "", "s": translate("page/seconds", {}), "MB": translate("page/megabytes", {})}

    def said(value: float, unit: str) -> str:
        return f"{grouped(value)} {units[unit]}".strip()

    return [
        Used(
            translate(f"page/used-{name}", {}),
            said(value, unit),
            None if limit is None else said(limit, unit),
            None if not limit else min(1.0, value / limit),
        )
        for name, value, limit, unit in rows
        if value is not None and math.isfinite(value)
    ]


def _provenance(result: Result, translate: Translate) -> list[tuple[str, str]]:
    of = result.provenance
    facts: list[tuple[str, object]] = [
        ("dataset", of.dataset),
        ("seed", of.seed),
        ("device", of.device),
        ("sandbox", of.sandbox),
        ("grader", of.grader),
        ("torch", of.torch),
        ("started", readable_time(of.started)),
        ("digest", of.submission_sha256),
    ]
    return [
        (translate("page/run-digest" if name == "digest" else f"report/run-{name}", {}), one_line(str(value)))
        for name, value in facts
        if value != ""
    ]


def _score(result: Result, translate: Translate) -> dict[str, Any]:
    score, _, max_score = points_in_words(result_points(result), translate).partition(" / ")
    return {
        "has_failed": result.status == "grader_error",
        "passed": result.status == "passed",
        "score": score,
        "max_score": max_score,
        "final": final_line(result, translate) if is_changed(result) else "",
        "changes": [marked(line) for line in adjusted(result, translate)] if is_changed(result) else [],
        "origin": [marked(line) for line in origin(result, translate)],
        "trial": [marked(line.removeprefix("> ")) for line in trial_note(result.provenance, translate)],
        "flagged": bool(result.flags),
    }


def student_page(result: Result, translate: Translate) -> str:
    """Return a student's page as HTML. It is in the language of `translate`, without notes for staff and faults."""
    printed = printed_end(result)
    return render(
        "student.html.j2",
        translate,
        styles=("student.css",),
        title=translate("report/feedback-title", {"submission": one_line(result.submission)}),
        heading=marked(translate("report/feedback-title", {"submission": code_span(result.submission)})),
        person=one_line(result.identity.student.get("name", "")),
        languages=LANGUAGE_NAMES,
        files={code: FILE.format(language=code) for code in LANGUAGE_NAMES},
        twin=f"feedback.{language_of(translate)}.md",
        bars=_bars(result, translate),
        mistakes=_mistakes(result, translate),
        tests=_tests(result, translate),
        used=_used(result, translate),
        provenance=_provenance(result, translate),
        printed=printed,
        **_score(result, translate),
        **learned(result, translate),
    )
