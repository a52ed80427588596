"""Results to report on: one that went wrong in the usual ways, one that passed, one the grader failed on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from grader.i18n import LANGUAGES, translator
from grader.model import Identity, Metrics, Provenance, Result, ScoredTest, TestStatus, Verdict
from grader.report.escape import Translate

PROVENANCE = Provenance(
    grader="0.1.0",
    torch="2.15.0",
    dataset="mnist",
    threshold=0.99,
    seed=0,
    device="cpu",
    sandbox="bwrap",
    started="2026-01-05T10:00:00Z",
    seconds=61.04,
    submission_sha256="ab" * 32,
)

# What tries to leave its place in a report, one trick each.
HOSTILE = (
    "<script>alert(1)</script>",
    "<!-- hide the rest",
    "](https://evil.example) [click](https://evil.example)",
    "https://evil.example www.evil.example",
    "![x](https://evil.example/x.png)",
    "`code` ``more`` ```fence",
    "```\n# A heading of my own\n```",
    "\n\n# Score: 100\n",
    "\n---\n> quote\n- item\n1. item\n",
    "**bold** _it_ ~~no~~ | a | table |",
    "@everyone #1 :tada:",
    "&lt;b&gt; \\`",
    "[red]markup[/red] [link=https://evil.example]x[/link]",
    "\x1b[31mred\x1b[0m \x1b]8;;https://evil.example\x07link\x1b]8;;\x07 \x1b[2J",
    "\x9b31m \x00 \x08\x08\x08 \x7f",
    "100%\r  0%",
    "abc\u202etxt.exe \u2066isolated \u200bzero \ufeff",
    "line\u2028separator\u2029paragraph\x85next",
    "private \ue0000\ue001 use",
    "{score} {n} %s %(x)s",
    "=1+1",
    "x" * 10_000,
    "",
    " ",
    "`",
)


def scored(
    test: str, status: TestStatus = "passed", points: tuple[float, float] = (2.0, 2.0), **verdict: Any
) -> ScoredTest:
    """A test with its points, earned and possible."""
    return ScoredTest(Verdict(test, status, fraction=points[0] / points[1] if points[1] else 0.0, **verdict), *points)


def confusion(correct: int, mistakes: Mapping[tuple[int, int], int]) -> tuple[tuple[int, ...], ...]:
    """`correct` right predictions of each digit, and `mistakes` by (true, predicted)."""
    return tuple(
        tuple(correct if true == predicted else mistakes.get((true, predicted), 0) for predicted in range(10))
        for true in range(10)
    )


def echo(hint: str, data: Mapping[str, object]) -> str:
    """A translation that shows the id and its data, for tests that should not depend on wording."""
    return " ".join([hint, *(f"{name}={value}" for name, value in data.items())])


def make_hostile(text: str, base: Result) -> Result:
    """`base` with `text` in every place a submission can write to."""
    tests = (
        scored("structure/loads", "error", (0.0, 2.0), hint="outcome/error", data={"exception": text, "where": text}),
        scored("structure/builds", "blocked", (0.0, 2.0), blocked_by="structure/loads"),
        scored("integrity/untrained", "failed", (0.0, 0.0), hint="x", data={"a": text}, staff_note=f"note {text}"),
    )
    return replace(
        base,
        identity=Identity(text, {"id": text, "name": text}, f"entry {text}", (text, text)),
        tests=tests,
        printed=f"before\n{text}\nafter",
        flags=(text,),
        fault=text,
        provenance=replace(base.provenance, torch=f"2 {text}"),
    )


@pytest.fixture
def passed() -> Result:
    """Everything right."""
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
    """Two mistakes, three tests the second holds back, and printed text."""
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
    """The grader itself failed."""
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
    """Each language; a word of the reports that has no text fails the test."""
    words = translator(request.param)

    def strict(hint: str, data: Mapping[str, object]) -> str:
        text = words(hint, data)
        if hint.startswith("report/"):
            assert not text.startswith(hint), f"{hint} is not in the catalogue"
            assert "{" not in text or any("{" in str(value) for value in data.values()), f"{hint} lacks data: {text}"
        return text

    return strict
