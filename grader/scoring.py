"""Scoring: verdicts and rubric in, points out. A pure function: nothing is read, written or run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from grader.model import ResultStatus, ScoredTest, Verdict

PRICED = frozenset({"integrity/moved"})
"""Integrity tests that cost no trust.

The tests of accuracy count their finding already: it costs what was not earned and no more.
"""


def _without_trust(verdict: Verdict, doubts: Sequence[str]) -> Verdict:
    """Block an accuracy that lacks trust. It was not seen to be earned by training, and earns no points."""
    if not doubts or verdict.category != "accuracy" or verdict.status != "passed":
        return verdict
    data = {"blocker": doubts[0]}
    return replace(verdict, status="blocked", fraction=0.0, hint="outcome/blocked", data=data, blocked_by=doubts[0])


def _doubts(verdicts: Sequence[Verdict]) -> list[str]:
    """Return the integrity tests that cost trust.

    Failed ones come first; dying while being examined proves no honesty.
    """
    ours = [
        v
        for v in verdicts
        if v.category == "integrity" and v.status != "passed" and not (v.test in PRICED and v.status == "failed")
    ]
    return [v.test for v in sorted(ours, key=lambda verdict: verdict.status != "failed")]


def score(verdicts: Sequence[Verdict], points: Mapping[str, float]) -> tuple[ScoredTest, ...]:
    """Return the points of each verdict, rounded to hundredths.

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
    """Return the integrity tests that a person should see. They found something, or cost a reached accuracy."""
    costly = {t.verdict.blocked_by for t in tests if t.verdict.category == "accuracy"}
    integrity = [t.verdict for t in tests if t.verdict.category == "integrity"]
    return tuple(v.test for v in integrity if v.status == "failed" or (v.test in costly and v.status != "passed"))


def total(tests: Sequence[ScoredTest]) -> tuple[float, float]:
    """Return points earned and points possible."""
    return round(sum(t.score for t in tests), 2), round(sum(t.max_score for t in tests), 2)


def status(tests: Sequence[ScoredTest]) -> ResultStatus:
    """Return `passed` only if every test passed. No test at all is no pass."""
    return "passed" if tests and all(t.verdict.status == "passed" for t in tests) else "failed"
