"""Tests of `grader export classroom50`. Classroom 50's runner and collector must accept the result."""

from __future__ import annotations

import json
import re
from argparse import ArgumentParser
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import GraderFault, UsageError
from grader.export.classroom50 import IDENTITY, Classroom50Exporter, whole_points
from grader.model import Adjustment, Lateness, Result
from tests.testing.results import HOSTILE, make_hostile, scored

ENVIRONMENT = {
    "CLASSROOM": "dl101",
    "ASSIGNMENT": "mnist",
    "ASSIGNMENT_TYPE": "individual",
    "OWNER": "bob",
    "SUBMISSION_TAG": "submit/2026-11-23T14-00-00Z-abc1234",
    "COMMIT_URL": "https://github.com/org/dl101-mnist-bob/commit/abc",
    "RELEASE_URL": "https://github.com/org/dl101-mnist-bob/releases/tag/x",
    "REVIEW_URL": "https://github.com/org/dl101-mnist-bob/compare/a...b",
}
FIELDS = {"schema", "classroom", "assignment", "assignment_type", "owner", "submission", "commit", "release", "review"}
FIELDS |= {"datetime", "graded_at", "score", "max-score", "tests"}
TIME = re.compile(r"\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ")


@pytest.fixture(autouse=True)
def runner(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the environment in which an autograder runs."""
    for names in IDENTITY.values():
        for name in names:
            monkeypatch.delenv(name, raising=False)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


def document(result: Result, *arguments: str) -> Any:
    """Export `result` with `arguments`; return the document."""
    exporter, parser = Classroom50Exporter(), ArgumentParser()
    exporter.add_arguments(parser)
    (content,) = exporter.export([result], parser.parse_args(arguments)).values()
    return json.loads(content)


def is_count(value: object) -> bool:
    """Whether a value is a whole number from 0 up. True and false are none."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def validate(found: Any) -> None:
    """Check a document by the rules of foundation50/classroom50.

    They are schemas/result-v1.schema.json and `validate_result` of its runner.py.
    """
    assert set(found) == FIELDS  # no other field is allowed, and these are all but `submitted_by`
    assert found["schema"] == "classroom50/result/v1"
    for name, variable in (("classroom", "CLASSROOM"), ("assignment", "ASSIGNMENT"), ("owner", "OWNER")):
        assert found[name] == ENVIRONMENT[variable]
    assert found["assignment_type"] == "individual"
    assert found["submission"].startswith("submit/")
    assert all(isinstance(found[name], str) and found[name] for name in ("commit", "release", "review"))
    assert all(TIME.fullmatch(found[name]) for name in ("datetime", "graded_at"))
    for scores in (found, *found["tests"]):
        assert is_count(scores["score"])
        assert is_count(scores["max-score"])
        assert scores["score"] <= scores["max-score"]
    for test in found["tests"]:
        assert isinstance(test["test-name"], str)
        assert test["test-name"]
        assert isinstance(test["passed"], bool)


def test_a_result_with_mistakes(failed: Result) -> None:
    """A result has whole points. The total is rounded, and the parts add up to it."""
    found = document(failed)
    validate(found)
    assert (found["score"], found["max-score"]) == (30, 100)
    assert [(test["test-name"], test["passed"], test["score"], test["max-score"]) for test in found["tests"]] == [
        ("Structure", True, 20, 30),
        ("Dropout", False, 10, 20),
        ("Training loop", False, 0, 30),
        ("Accuracy", False, 0, 20),
    ]
    assert "training.py:12" in found["tests"][2]["message"]
    assert (found["datetime"], found["graded_at"]) == ("2026-11-23T14:00:00Z", "2026-01-05T10:00:00Z")
    assert found["review"] == ENVIRONMENT["REVIEW_URL"]


def test_everything_right(passed: Result) -> None:
    """A passed result has all points."""
    found = document(passed)
    validate(found)
    assert (found["score"], found["max-score"]) == (100, 100)
    assert all(test["passed"] for test in found["tests"])


def test_a_trial_says_so(passed: Result) -> None:
    """A trial says so in its last line. A run on the embedded digits decides no grade."""
    found = document(replace(passed, provenance=replace(passed.provenance, dataset="digits", threshold=0.97)))
    validate(found)
    assert found["tests"][-1]["test-name"].startswith("Trial run on the small data set")


@given(st.lists(st.integers(0, 5_000), max_size=8))
def test_whole_points_add_up(cents: list[int]) -> None:
    """Whole points add up to the rounded total. Halves are rounded up, and each part is off by less than a point."""
    points = whole_points(cents)
    assert sum(points) == (sum(cents) + 50) // 100
    assert all(abs(100 * whole - each) < 100 for whole, each in zip(points, cents, strict=True))


def test_halves(failed: Result) -> None:
    """Two half points make one, which goes to the first."""
    halves = tuple(replace(test, score=0.5) for test in failed.tests[:2])
    found = document(replace(failed, tests=halves, score=1.0))
    validate(found)
    assert [test["score"] for test in found["tests"]] == [1, 0]
    assert found["score"] == 1


def test_lateness_and_adjustments_are_told_beside_the_tests(failed: Result) -> None:
    """Lateness and adjustments are told beside the tests.

    The total is the grade; no part is negative, since that system has no such scores.
    """
    found = document(replace(failed, lateness=Lateness(days=2, percent=50.0)))
    validate(found)
    assert found["score"] == 15
    assert found["tests"][-1]["message"] == "15.15 of 100 points · Handed in 2 days late: 50 % off, 15.15 points."
    raised = document(replace(failed, adjustments=(Adjustment(points=90.0, relative=True, comment="for the talk"),)))
    validate(raised)
    assert raised["score"] == 100  # the most there can be; the message says why
    told = "120.3 of 100 points · Total: +90 points, by a person. Comment: for the talk"
    assert raised["tests"][-1]["message"] == told
    one_test = Adjustment(test="structure/loads", points=40.0)
    above = document(replace(failed, adjustments=(one_test,)))
    validate(above)
    assert above["score"] == 50
    assert above["tests"][-1]["message"].startswith("50.2 of 100 points · ")


def test_whole_points_only(failed: Result) -> None:
    """A category worth half points is refused. The message names it."""
    tests = (*failed.tests, scored("training/epochs", points=(0.5, 0.5)))
    with pytest.raises(UsageError, match=r"Training loop is worth 30\.5"):
        document(replace(failed, tests=tests))


def test_no_grade_is_no_result(broken: Result, failed: Result) -> None:
    """Without a grade there is no result. The autograder fails then, and the runner says so in a result of its own."""
    with pytest.raises(GraderFault, match="could not be graded"):
        document(broken)
    with pytest.raises(UsageError, match="is excused"):
        document(replace(failed, adjustments=(Adjustment(excused=True),)))


def test_the_identity_comes_from_options_too(failed: Result, monkeypatch: pytest.MonkeyPatch) -> None:
    """Options name the identity, too, before the environment. What both leave out is asked for."""
    assert document(failed, "--owner", "Carol")["owner"] == "Carol"
    monkeypatch.delenv("OWNER")
    with pytest.raises(UsageError, match=r"the owner: set \$OWNER, or name it with --owner"):
        document(failed)
    monkeypatch.setenv("USERNAME", "dora")
    assert document(failed)["owner"] == "dora"
    monkeypatch.delenv("REVIEW_URL")
    assert document(failed)["review"] == ENVIRONMENT["COMMIT_URL"]
    with pytest.raises(UsageError, match="begins with submit/"):
        document(failed, "--tag", "v1")
    with pytest.raises(UsageError, match="is no time"):
        document(failed, "--datetime", "yesterday")


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_a_submission_says_the_result_is_valid(failed: Result, text: str) -> None:
    """The result is valid whatever a submission says. Its texts are single lines."""
    found = document(replace(make_hostile(text, failed), provenance=failed.provenance))
    validate(found)
    assert all(len(test["message"].splitlines()) <= 1 for test in found["tests"])
