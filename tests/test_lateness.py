"""Tests of the deadline and the deduction for late days."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from grader.adjustments import Adjustments
from grader.assignment import DEFAULT, LatenessRule, load_assignment
from grader.errors import AssignmentError
from grader.gradebook import Terms
from grader.i18n import translator
from grader.lateness import lateness_of
from grader.model import Adjustment, Identity, Lateness, Metrics, Result
from grader.report.csv import grades_csv
from grader.report.markdown import feedback
from tests.testing.results import PROVENANCE, scored

MOSCOW = timezone(timedelta(hours=3))
RULE = LatenessRule(datetime(2026, 12, 1, 23, 59, tzinfo=MOSCOW), percent_per_day=10, max_percent=50, grace_minutes=15)


@pytest.mark.parametrize(
    ("submitted", "days", "percent"),
    [
        ("2026-12-01T20:59:00Z", 0, 0),
        ("2026-12-01T21:14:00Z", 0, 0),
        ("2026-12-01T21:14:01Z", 1, 10),
        ("2026-12-02T20:59:00Z", 1, 10),
        ("2026-12-02T20:59:01Z", 2, 20),
        ("2027-01-31T00:00:00Z", 61, 50),
    ],
)
def test_every_day_that_has_begun_counts(submitted: str, days: int, percent: float) -> None:
    """Every day that has begun counts, after the grace time. The deduction has an upper bound."""
    assert lateness_of(Identity("alice", submitted=submitted), RULE) == Lateness(days, percent)


def test_where_little_is_known_little_is_taken() -> None:
    """Where little is known, little is taken off.

    A platform's mark is one day; without a time, a rule or a zone nobody is late.
    """
    assert lateness_of(Identity("alice", late=True), RULE) == Lateness(1, 10)
    assert lateness_of(Identity("alice", submitted="2026-12-01T20:00:00Z", late=True), RULE) == Lateness(0, 0)
    for identity in (Identity("alice"), Identity("alice", submitted="soon"), Identity("a", submitted="2026-12-09")):
        assert lateness_of(identity, RULE) is None
    assert lateness_of(Identity("alice", late=True), None) is None


def late_result() -> Result:
    """A result of twenty points, a day and a half late."""
    submitted = (RULE.deadline + timedelta(hours=36)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    tests = (scored("accuracy/target", points=(20.0, 20.0)),)
    return Result(Identity("alice", submitted=submitted), "passed", 20.0, 20.0, tests, Metrics(), PROVENANCE)


def test_it_is_shown_apart_from_the_points() -> None:
    """Lateness is shown apart from the points. The feedback in both languages and the table show it."""
    result = Terms(lateness=RULE).applied(late_result())
    english, russian = (feedback(result, translator(language)) for language in ("en", "ru"))
    assert "20 of 20 points" in english
    assert "In the grade book: 16 of 20 points." in english
    assert "Handed in 2 days late: 20 % off, 4 points." in english
    assert "Сдано с опозданием на 2 дня: снято 20 %, баллов: 4." in russian
    row = grades_csv([result]).decode("utf-8-sig").splitlines()[1]
    assert ",16,2,4,," in row


def test_a_person_may_excuse_it() -> None:
    """A person may excuse lateness. It is still mentioned, and takes nothing off."""
    said = Adjustments({"alice": (Adjustment("lateness", excused=True),)})
    text = feedback(Terms(said, RULE).applied(late_result()), translator("en"))
    assert "In the grade book: 20 of 20 points." in text
    assert "Handed in 2 days late; it takes nothing off." in text
    said = Adjustments({"alice": (Adjustment("", excused=True),)})
    text = feedback(Terms(said, RULE).applied(late_result()), translator("en"))
    assert "In the grade book: excused, no grade." in text
    assert "Handed in 2 days late; it takes nothing off." in text


def test_in_time_nothing_is_said() -> None:
    """Nothing is said in time, or without a deadline."""
    in_time = replace(late_result(), identity=Identity("alice", submitted="2026-11-01T00:00:00Z"))
    for result in (Terms(lateness=RULE).applied(in_time), Terms().applied(late_result())):
        assert "grade book" not in feedback(result, translator("en"))


def with_rule(folder: Path, *lines: str) -> Path:
    """The assignment with these lines on lateness."""
    path = folder / "assignment.toml"
    path.write_text("\n".join([DEFAULT.read_text(encoding="utf-8"), "[lateness]", *lines]), encoding="utf-8")
    return path


def test_the_rule_stands_in_the_assignment(tmp_path: Path) -> None:
    """The deadline is set in the assignment, and off by default. The comment in the file works as it stands."""
    assert load_assignment().lateness is None
    comment = DEFAULT.read_text(encoding="utf-8").split("# [lateness]", 1)[1].splitlines()[1:]
    rule = load_assignment(with_rule(tmp_path, *(line.removeprefix("# ") for line in comment))).lateness
    assert rule is not None
    assert (rule.grace_minutes, rule.percent_per_day, rule.max_percent) == (15, 10, 50)
    assert rule.deadline == RULE.deadline


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["deadline = 2026-12-01T23:59:00", "percent_per_day = 10"], "timezone"),
        (["deadline = 2026-12-01T23:59:00Z", "percent_per_day = 110"], "<= 100"),
        (["deadline = 2026-12-01T23:59:00Z", "percent_per_day = 10", "percents_at_most = 5"], "allowed here: deadline"),
        (["percent_per_day = 10"], "deadline"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(lines: list[str], said: str, tmp_path: Path) -> None:
    """A rule that makes no sense is refused. For example, a deadline without a zone differs from machine to machine."""
    with pytest.raises(AssignmentError, match=r"assignment\.toml") as error:
        load_assignment(with_rule(tmp_path, *lines))
    assert said in str(error.value)
