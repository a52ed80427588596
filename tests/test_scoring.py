"""Points depend only on verdicts and rubric."""

from __future__ import annotations

import pytest

from grader import scoring
from grader.model import TestStatus, Verdict

POINTS = {"structure/a": 4.0, "accuracy/a": 10.0, "accuracy/b": 20.0, "integrity/a": 0.0}


def passed(test: str, fraction: float = 1.0) -> Verdict:
    """Return a verdict that earns this share."""
    return Verdict(test, "passed", fraction=fraction)


def test_a_pass_earns_the_points_of_its_test() -> None:
    """A passed test earns its points.

    The order is that of the verdicts; a test missing from the rubric is worth nothing.
    """
    tests = scoring.score([passed("structure/a"), passed("structure/b"), passed("accuracy/a")], POINTS)
    assert [(t.verdict.test, t.score, t.max_score) for t in tests] == [
        ("structure/a", 4.0, 4.0),
        ("structure/b", 0.0, 0.0),
        ("accuracy/a", 10.0, 10.0),
    ]
    assert scoring.total(tests) == (14.0, 14.0)
    assert scoring.status(tests) == "passed"


@pytest.mark.parametrize("status", ["failed", "timeout", "crashed", "blocked", "error"])
def test_nothing_else_earns_anything(status: TestStatus) -> None:
    """A test that did not pass earns nothing. It doesn't matter what share its verdict claims."""
    tests = scoring.score([Verdict("structure/a", status, fraction=1.0), passed("accuracy/a")], POINTS)
    assert [test.score for test in tests] == [0.0, 10.0]
    assert scoring.total(tests) == (10.0, 14.0)
    assert scoring.status(tests) == "failed"


def test_no_test_at_all_is_no_pass() -> None:
    """Without a test nothing has passed."""
    assert scoring.status(()) == "failed"
    assert scoring.total(()) == (0.0, 0.0)


def test_shares_and_sums_are_rounded_to_hundredths() -> None:
    """Points and sums are rounded to hundredths. So a sum of tenths reads as people expect."""
    points = {f"structure/{n}": 0.1 for n in range(3)}
    tests = scoring.score([passed(test) for test in points], points)
    assert scoring.total(tests) == (0.3, 0.3)
    (third,) = scoring.score([passed("structure/a", fraction=1 / 3)], {"structure/a": 1.0})
    assert third.score == 0.33


def test_a_failed_integrity_test_takes_the_accuracy_and_nothing_else() -> None:
    """A failed integrity test takes the accuracy points alone.

    Passed accuracy tests become blocked by it, and a person has to look.
    """
    verdicts = [
        passed("structure/a"),
        passed("accuracy/a"),
        Verdict("accuracy/b", "failed", hint="accuracy/target"),
        Verdict("integrity/a", "failed", hint="integrity/public-labels"),
    ]
    tests = scoring.score(verdicts, POINTS)
    assert [(t.verdict.status, t.score) for t in tests] == [
        ("passed", 4.0),
        ("blocked", 0.0),
        ("failed", 0.0),
        ("failed", 0.0),
    ]
    assert tests[1].verdict.blocked_by == "integrity/a"
    assert tests[1].verdict.data == {"blocker": "integrity/a"}
    assert tests[2].verdict.hint == "accuracy/target"
    assert scoring.flags(tests) == ("integrity/a",)
    assert scoring.total(tests) == (4.0, 34.0)


@pytest.mark.parametrize("status", ["timeout", "crashed", "error", "blocked"])
def test_accuracy_counts_only_where_its_honesty_was_seen(status: TestStatus) -> None:
    """Accuracy counts only where integrity was tested.

    A submission that dies or hangs there earns no accuracy points.
    """
    tests = scoring.score([passed("accuracy/a"), Verdict("integrity/a", status)], POINTS)
    assert [(t.verdict.status, t.score) for t in tests] == [("blocked", 0.0), (status, 0.0)]


def test_passed_integrity_changes_nothing() -> None:
    """Passed integrity tests flag nobody."""
    tests = scoring.score([passed("accuracy/a"), passed("integrity/a")], POINTS)
    assert tests[0].score == 10.0
    assert scoring.flags(tests) == ()


@pytest.mark.parametrize(("status", "earned"), [("failed", 10.0), ("crashed", 0.0), ("blocked", 0.0)])
def test_what_the_accuracy_has_paid_for_is_not_paid_twice(status: TestStatus, earned: float) -> None:
    """A network that looks images up pays once.

    Its accuracy is that on moved images; being found costs nothing more, and is flagged.
    """
    tests = scoring.score([passed("accuracy/a"), Verdict("integrity/moved", status)], POINTS)
    assert tests[0].score == earned
    assert scoring.flags(tests) == ("integrity/moved",)
