"""`result.json` is what the contract says, for every result."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import pytest

from grader.model import Identity, Metrics, Result
from grader.report.escape import Translate
from grader.report.json import encode, to_json
from tests.testing.results import HOSTILE, echo, make_hostile, scored

NUMBER = (int, float)
OPTIONAL = (int, float, type(None))
SHAPE: dict[str, Any] = {
    "schema": str,
    "submission": str,
    "status": str,
    "score": OPTIONAL,
    "max_score": NUMBER,
    "flags": list,
    "tests": list,
    "metrics": {
        "accuracy": OPTIONAL,
        "train_seconds": OPTIONAL,
        "epochs": (int, type(None)),
        "train_loss": list,
        "n_parameters": (int, type(None)),
        "peak_memory_mb": OPTIONAL,
    },
    "provenance": {
        "grader": str,
        "torch": str,
        "dataset": str,
        "threshold": NUMBER,
        "seed": int,
        "device": str,
        "sandbox": str,
        "started": str,
        "seconds": NUMBER,
        "submission_sha256": str,
    },
}
TEST_SHAPE: dict[str, Any] = {
    "id": str,
    "category": str,
    "status": str,
    "score": NUMBER,
    "max_score": NUMBER,
    "message": str,
    "staff_note": (str, type(None)),
    "seconds": NUMBER,
}


def check_shape(document: dict[str, Any], shape: dict[str, Any]) -> None:
    """Check that a document has exactly these keys and types."""
    assert list(document) == list(shape)
    for key, kind in shape.items():
        if isinstance(kind, dict):
            check_shape(document[key], kind)
        else:
            assert isinstance(document[key], kind), key


def check(document: dict[str, Any]) -> None:
    """Check a document against schema grader.result/1. Its points must add up exactly."""
    check_shape(document, SHAPE)
    assert document["schema"] == "grader.result/1"
    assert document["status"] in {"passed", "failed", "grader_error"}
    assert (document["score"] is None) == (document["status"] == "grader_error")
    assert all(isinstance(flag, str) for flag in document["flags"])
    for test in document["tests"]:
        check_shape(test, TEST_SHAPE)
        assert test["status"] in {"passed", "failed", "timeout", "crashed", "blocked", "error"}
        assert test["id"].startswith(test["category"] + "/")
        assert round(test["score"], 2) == test["score"]
    if document["tests"] and document["score"] is not None:
        assert sum(round(100 * test["score"]) for test in document["tests"]) == round(100 * document["score"])
        assert sum(round(100 * test["max_score"]) for test in document["tests"]) == round(100 * document["max_score"])
        assert round(document["score"], 2) == document["score"]


def strict_loads(content: bytes) -> dict[str, Any]:
    """Read JSON as other languages do. NaN and infinities are errors."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    document = json.loads(content.decode(), parse_constant=refuse)
    assert isinstance(document, dict)
    return document


@pytest.mark.parametrize("name", ["passed", "failed", "broken"])
def test_every_result_has_the_shape_of_the_contract(
    name: str, request: pytest.FixtureRequest, translate: Translate
) -> None:
    """Every kind of result has exactly the contract's fields."""
    document = to_json(request.getfixturevalue(name), translate)
    check(document)
    assert strict_loads(encode(document)) == document


def test_values_are_carried_over(passed: Result) -> None:
    """The measured values are written unchanged."""
    document = to_json(passed, echo)
    assert (document["submission"], document["score"], document["max_score"]) == ("alice", 100.0, 100.0)
    assert document["metrics"] == {
        "accuracy": 0.9913,
        "train_seconds": 56.25,
        "epochs": 3,
        "train_loss": [0.5, 0.25, 0.125],
        "n_parameters": 669_706,
        "peak_memory_mb": 812.0,
    }
    assert document["provenance"]["submission_sha256"] == "ab" * 32
    assert document["tests"][0]["seconds"] == 0.012


@pytest.mark.parametrize(
    "scores", [(1 / 3, 1 / 3, 1 / 3), (0.005, 0.005, 0.005), (0.1, 0.2, 0.3), (2.675, 1.005, 0.0049), (33.333, 66.666)]
)
def test_the_total_is_the_sum_of_the_rounded_parts(passed: Result, scores: tuple[float, ...]) -> None:
    """The total is the sum of the rounded points."""
    tests = tuple(scored(f"structure/t{i}", "failed", (score, 2 * score)) for i, score in enumerate(scores))
    check(to_json(replace(passed, status="failed", score=sum(scores), tests=tests), echo))


@pytest.mark.parametrize(
    ("points", "rounded"), [(1 / 3, 0.33), (2 / 3, 0.67), (2.675, 2.68), (1.005, 1.01), (0.0, 0.0)]
)
def test_points_round_as_people_do(passed: Result, points: float, rounded: float) -> None:
    """Points are rounded to hundredths, halves up. Some halves are a little less in binary."""
    (test,) = to_json(replace(passed, tests=(scored("a/b", "failed", (points, 5.0)),)), echo)["tests"]
    assert test["score"] == rounded


def test_a_blocked_test_names_its_blocker(failed: Result, translate: Translate) -> None:
    """A blocked test's message names the test it waits for.

    It does so in either language, whatever other hint there is.
    """
    blocked = scored("accuracy/target", "blocked", (0.0, 1.0), blocked_by="training/runs", hint="accuracy/target")
    (test,) = to_json(replace(failed, tests=(blocked,)), translate)["tests"]
    assert "training/runs" in test["message"]


ONE = (0.0, 1.0)
MESSAGES = (
    (scored("training/epochs", "failed", ONE, hint="training/less", data={"got": 3}), "training/less got=3"),
    (scored("training/epochs", "failed", ONE, data={"got": 3}), "training/epochs got=3"),
    (scored("training/epochs", "timeout", ONE, data={"limit_seconds": 9}), "outcome/timeout limit_seconds=9"),
    (scored("training/epochs", "crashed", ONE), "outcome/crashed"),
    (scored("training/epochs"), "report/passed"),
)


@pytest.mark.parametrize(("test", "expected"), MESSAGES)
def test_a_message_is_the_hint_or_the_general_one(passed: Result, test: Any, expected: str) -> None:
    """A message is the hint's, or else a general one. That is the test's own or that of its status."""
    (written,) = to_json(replace(passed, tests=(test,)), echo)["tests"]
    assert written["message"] == expected


def test_what_is_no_number_is_null(passed: Result) -> None:
    """NaN and infinities become null, which JSON has. Finite values beside them stay."""
    metrics = replace(
        passed.metrics, accuracy=math.nan, train_seconds=math.inf, train_loss=(0.5, math.nan, -math.inf), epochs=None
    )
    document = strict_loads(encode(to_json(replace(passed, metrics=metrics), echo)))
    assert document["metrics"]["accuracy"] is None
    assert document["metrics"]["train_seconds"] is None
    assert document["metrics"]["train_loss"] == [0.5, None, None]


def test_what_was_not_reached_is_null(passed: Result) -> None:
    """Without a training the accuracy is null."""
    document = to_json(replace(passed, metrics=Metrics()), echo)
    assert document["metrics"]["accuracy"] is None
    assert document["metrics"]["train_loss"] == []


def test_a_fault_of_the_grader_has_no_score_and_says_why(broken: Result) -> None:
    """A fault of the grader has no score, and says why. The most points there were are kept."""
    document = to_json(broken, echo)
    assert document["score"] is None
    assert document["max_score"] == 100.0
    assert document["flags"] == ["grader_error: disk full"]


@pytest.mark.parametrize("text", HOSTILE)
def test_messages_are_one_harmless_line(passed: Result, text: str) -> None:
    """Messages, notes and flags are one harmless line each.

    Terminal sequences, invisible characters and line breaks don't reach them.
    """
    document = strict_loads(encode(to_json(make_hostile(text, replace(passed, status="failed")), echo)))
    check(document)
    shown = [*document["flags"], *(test["message"] for test in document["tests"])]
    shown += [test["staff_note"] for test in document["tests"] if test["staff_note"]]
    for line in shown:
        assert len(line.splitlines()) <= 1
        assert line.isprintable(), ascii(line)
        assert len(line) < 1000


def test_letters_of_any_script_stay_readable(failed: Result) -> None:
    """Letters of any script stay readable. A name with half a surrogate pair does not stop the report."""
    content = encode(to_json(replace(failed, identity=Identity("Боб \ud800")), echo))
    assert "Боб" in content.decode()
