"""Verdicts and rubric in, points out. A pure function: nothing is read, written or run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from grader.model import ResultStatus, ScoredTest, Verdict

PRICED = frozenset({"integrity/moved"})
"""Integrity tests whose finding the tests of accuracy count already: it costs what was not earned and no more."""


def _without_trust(verdict: Verdict, doubts: Sequence[str]) -> Verdict:
    """An accuracy that was not seen to be earned by training earns no points."""
    if not doubts or verdict.category != "accuracy" or verdict.status != "passed":
        return verdict
    data = {"blocker": doubts[0]}
    return replace(verdict, status="blocked", fraction=0.0, hint="outcome/blocked", data=data, blocked_by=doubts[0])


def _doubts(verdicts: Sequence[Verdict]) -> list[str]:
    """The integrity tests that cost trust, failed ones first: dying while being examined proves no honesty."""
    ours = [
        v
        for v in verdicts
        if v.category == "integrity" and v.status != "passed" and not (v.test in PRICED and v.status == "failed")
    ]
    return [v.test for v in sorted(ours, key=lambda verdict: verdict.status != "failed")]


def score(verdicts: Sequence[Verdict], points: Mapping[str, float]) -> tuple[ScoredTest, ...]:
    """The points of each verdict, rounded to hundredths.

    Args:
        verdicts: of all tests that count, integrity among them.
        points: what each test is worth; a test that is not listed is worth nothing.
    """
    doubts = _doubts(verdicts)
    scored = []
    for verdict in verdicts:
        final = _without_trust(verdict, doubts)
        worth = float(points.get(verdict.test, 0))
        earned = worth * final.fraction if final.status == "passed" else 0.0
        scored.append(ScoredTest(final, round(earned, 2), round(worth, 2)))
    return tuple(scored)


def flags(tests: Sequence[ScoredTest]) -> tuple[str, ...]:
    """What a person should look at: the integrity tests that found something, or that cost a reached accuracy."""
    costly = {t.verdict.blocked_by for t in tests if t.verdict.category == "accuracy"}
    integrity = [t.verdict for t in tests if t.verdict.category == "integrity"]
    return tuple(v.test for v in integrity if v.status == "failed" or (v.test in costly and v.status != "passed"))


def total(tests: Sequence[ScoredTest]) -> tuple[float, float]:
    """Points earned and points to be had."""
    return round(sum(t.score for t in tests), 2), round(sum(t.max_score for t in tests), 2)


def status(tests: Sequence[ScoredTest]) -> ResultStatus:
    """`passed` only where every test passed; no test at all is no pass."""
    return "passed" if tests and all(t.verdict.status == "passed" for t in tests) else "failed"
