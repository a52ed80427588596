"""Verdicts before translation: message ids, data, and order. The order says which mistake comes first."""

from __future__ import annotations

from collections.abc import Mapping

from grader.model import Result, ScoredTest, Verdict


def hint_of(verdict: Verdict) -> tuple[str, Mapping[str, object]]:
    """Return the student's message id and data. It is the hint of the verdict, or the general one for its status."""
    if verdict.status == "blocked" and verdict.blocked_by is not None:
        return "outcome/blocked", {**verdict.data, "blocker": verdict.blocked_by}
    if verdict.hint is not None:
        return verdict.hint, verdict.data
    if verdict.status == "passed":
        return "report/passed", verdict.data
    if verdict.status == "failed":
        return verdict.test, verdict.data
    return f"outcome/{verdict.status}", verdict.data


def first_mistake(result: Result) -> ScoredTest | None:
    """Return the test to repair first. It is the first one that was judged and not passed; None where there is none."""
    return next((test for test in result.tests if test.verdict.status not in {"passed", "blocked"}), None)


def held_back_by(result: Result, cause: str) -> tuple[str, ...]:
    """Return the ids of tests blocked by `cause`. They wait for it directly, or through another that does."""
    waiting: list[str] = []
    for test in result.tests:
        if test.verdict.blocked_by in {cause, *waiting}:
            waiting.append(test.verdict.test)
    return tuple(waiting)


def waits_like(before: ScoredTest | None, test: ScoredTest) -> bool:
    """Whether a test and its predecessor share a blocker. If so, it has been said."""
    waits_for = test.verdict.blocked_by
    return before is not None and waits_for is not None and before.verdict.blocked_by == waits_for
