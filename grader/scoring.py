"""Verdicts and rubric in, points out. A pure function: nothing is read, written or run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from grader.model import ResultStatus, ScoredTest, Verdict


def _without_trust(verdict: Verdict, failed: Sequence[str]) -> Verdict:
    """An accuracy that was not earned by training earns no points."""
    if not failed or verdict.category != "accuracy" or verdict.status != "passed":
        return verdict
    data = {"blocker": failed[0]}
    return replace(verdict, status="blocked", fraction=0.0, hint="outcome/blocked", data=data, blocked_by=failed[0])


def score(verdicts: Sequence[Verdict], points: Mapping[str, float]) -> tuple[ScoredTest, ...]:
    """The points of each verdict, rounded to hundredths.

    Args:
        verdicts: of all tests that count, integrity among them.
        points: what each test is worth; a test that is not listed is worth nothing.
    """
    failed = [v.test for v in verdicts if v.category == "integrity" and v.status == "failed"]
    scored = []
    for verdict in verdicts:
        final = _without_trust(verdict, failed)
        worth = float(points.get(verdict.test, 0))
        earned = worth * final.fraction if final.status == "passed" else 0.0
        scored.append(ScoredTest(final, round(earned, 2), round(worth, 2)))
    return tuple(scored)


def flags(tests: Sequence[ScoredTest]) -> tuple[str, ...]:
    """What a person should look at: the integrity tests that found something."""
    return tuple(t.verdict.test for t in tests if t.verdict.category == "integrity" and t.verdict.status == "failed")


def total(tests: Sequence[ScoredTest]) -> tuple[float, float]:
    """Points earned and points to be had."""
    return round(sum(t.score for t in tests), 2), round(sum(t.max_score for t in tests), 2)


def status(tests: Sequence[ScoredTest]) -> ResultStatus:
    """`passed` only where every test passed; no test at all is no pass."""
    return "passed" if tests and all(t.verdict.status == "passed" for t in tests) else "failed"
