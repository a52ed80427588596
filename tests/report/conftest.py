"""Results to report on: failed, passed, and a grader's fault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from grader.i18n import LANGUAGES, translator
from grader.model import Identity, Metrics, Result
from grader.report.escape import Translate
from tests.testing.results import PROVENANCE, confusion, scored


@pytest.fixture
def passed() -> Result:
    """Make a result in which every test passed."""
    return Result(
        identity=Identity("alice"),
        status="passed",
        score=100.0,
        max_score=100.0,
        tests=(
            scored("structure/loads", points=(20.0, 20.0), seconds=0.0123456),
            scored("accuracy/target", points=(80.0, 80.0), data={"accuracy": 0.9913}),
        ),
        metrics=Metrics(
            accuracy=0.9913,
            correct=9913,
            test_size=10_000,
            train_seconds=56.25,
            epochs=3,
            train_loss=(0.5, 0.25, 0.125),
            n_parameters=669_706,
            peak_memory_mb=812.04,
            confusion=confusion(991, {(4, 9): 12, (9, 4): 7, (7, 2): 1, (3, 5): 1}),
        ),
        provenance=PROVENANCE,
    )


@pytest.fixture
def failed(passed: Result) -> Result:
    """Make a result with two mistakes, blocked tests and printed text."""
    return replace(
        passed,
        identity=Identity("bob", {"id": "007", "name": "Боб Петров"}),
        status="failed",
        score=22.5,
        tests=(
            scored("structure/loads", points=(20.0, 20.0)),
            scored("structure/builds", "failed", (2.5, 5.0), hint="structure/half", data={"got": "half"}),
            scored("training/runs", "error", (0.0, 15.0), data={"exception": "ValueError: oops", "where": "net.py:3"}),
            scored("training/epochs", "blocked", (0.0, 10.0), blocked_by="training/runs"),
            scored("accuracy/finishes", "blocked", (0.0, 20.0), blocked_by="training/epochs"),
            scored("accuracy/target", "blocked", (0.0, 30.0), blocked_by="accuracy/finishes"),
        ),
        metrics=Metrics(),
        printed="loading\nepoch 1\n",
    )


@pytest.fixture
def broken(passed: Result) -> Result:
    """Make a result on which the grader itself failed."""
    return replace(
        passed,
        identity=Identity("carol"),
        status="grader_error",
        score=None,
        tests=(),
        metrics=Metrics(),
        fault="disk full",
    )


@pytest.fixture(params=LANGUAGES)
def translate(request: pytest.FixtureRequest) -> Translate:
    """Translate into each language. A message of the reports that has no text fails the test."""
    words = translator(request.param)

    def strict(hint: str, data: Mapping[str, object]) -> str:
        text = words(hint, data)
        if hint.startswith("report/"):
            assert not text.startswith(hint), f"{hint} is not in the catalogue"
            assert "{" not in text or any("{" in str(value) for value in data.values()), f"{hint} lacks data: {text}"
        return text

    return strict
