"""Results to export: one with several mistakes, one without any."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.model import Identity, Metrics, Result, Said
from tests.testing.results import PROVENANCE, scored


@pytest.fixture
def failed() -> Result:
    """A result with several mistakes.

    Two categories have part of their points, a test is blocked, and places are in the student's files.
    """
    place = {"exception": "ValueError: oops", "where": "training.py:12", "code": "x", "call": "train()"}
    return Result(
        identity=Identity("bob", submitted="2026-11-23T14:00:00Z"),
        status="failed",
        score=30.3,
        max_score=100.0,
        tests=(
            scored("structure/loads", points=(20.1, 30.0)),
            scored(
                "dropout/scaling", "failed", (10.2, 20.0), hint="dropout/scaling", data={"share": 0.3, "factor": 1.4}
            ),
            scored("training/runs", "error", (0.0, 30.0), data=place),
            scored("accuracy/target", "blocked", (0.0, 20.0), blocked_by="training/runs"),
        ),
        metrics=Metrics(train_loss=(0.5, 0.25), accuracy=0.9, correct=9000, test_size=10_000),
        provenance=PROVENANCE,
    )


@pytest.fixture
def passed(failed: Result) -> Result:
    """The same result with everything right."""
    tests = tuple(scored(test.verdict.test, points=(test.max_score, test.max_score)) for test in failed.tests)
    return replace(failed, status="passed", score=100.0, tests=tests)


@pytest.fixture
def broken(failed: Result) -> Result:
    """The same result after a fault of the grader."""
    return replace(failed, status="grader_error", score=None, tests=(), metrics=Metrics(), fault="disk full")


@pytest.fixture
def nested(failed: Result) -> Result:
    """A result with places that are hard to find. One stands in a message within a message, one in a notebook."""
    within = {"rest": (Said("structure/x", {"where": "blocks/residual.py:7"}),)}
    cell = {"where": Said("place/cell", {"cell": 3, "line": 2}), "exception": "NameError: x"}
    tests = (
        scored("structure/loads", "failed", (0.0, 30.0), hint="outcome/cell-unreadable", data=within),
        scored("structure/builds", "error", (0.0, 30.0), data=cell),
    )
    return replace(failed, tests=tests, score=0.0)
