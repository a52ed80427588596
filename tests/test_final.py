"""Tests of the final grade in a grade book. It is made of points, adjustments and lateness."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.final import Final, final_grade
from grader.model import Adjustment, Identity, Lateness, Metrics, Result
from tests.testing.results import PROVENANCE, scored

TESTS = (scored("structure/layers", "failed", (1.0, 4.0)), scored("accuracy/target", points=(16.0, 16.0)))
EARNED = Result(Identity("alice"), "failed", 17.0, 20.0, TESTS, Metrics(), PROVENANCE)
FAULT = replace(EARNED, status="grader_error", score=None, tests=(), fault="disk full")


def final(*adjustments: Adjustment, of: Result = EARNED, late: Lateness | None = None) -> Final:
    """The final grade of a result with these adjustments."""
    return final_grade(replace(of, adjustments=adjustments, lateness=late))


def test_without_a_word_what_was_earned_counts() -> None:
    """Without adjustments the earned points count, to the cent. A grader fault has no grade."""
    assert (final().score, final().max_score, final().earned, final().is_adjusted) == (17.0, 20.0, 17.0, False)
    assert (final(of=FAULT).score, final(of=FAULT).earned) == (None, None)
    third = replace(EARNED, tests=tuple(scored(f"structure/{i}", points=(1 / 3, 1.0)) for i in range(3)))
    assert final(of=third).score == 0.99


@pytest.mark.parametrize(
    ("adjustments", "score"),
    [
        ([Adjustment("structure/layers", 3.0)], 19.0),
        ([Adjustment("structure/layers", 2.0, relative=True)], 19.0),
        ([Adjustment("structure/layers", excused=True)], 20.0),
        ([Adjustment("structure/layers", 3.0), Adjustment("structure/layers", 4.0)], 20.0),
        ([Adjustment("", 5.0, relative=True)], 22.0),
        ([Adjustment("", -20.0, relative=True)], 0.0),
        ([Adjustment("", 11.5)], 11.5),
        ([Adjustment("", 10.0), Adjustment("", 1.0, relative=True), Adjustment("structure/layers", 4.0)], 11.0),
        ([Adjustment(comment="well done")], 17.0),
        ([Adjustment("no/such-test", 9.0)], 17.0),
    ],
)
def test_a_person_decides(adjustments: list[Adjustment], score: float) -> None:
    """A person's adjustment decides, for a test or the total.

    The last one counts, added points are added, and nothing falls below zero.
    """
    assert final(*adjustments).score == score
    assert final(*adjustments).earned == 17.0


def test_the_tests_show_what_was_decided_about_them() -> None:
    """Tests show the points decided by a person. The original result stays as it was."""
    found = final(Adjustment("structure/layers", 3.0))
    assert [test.score for test in found.tests] == [3.0, 16.0]
    assert [test.score for test in EARNED.tests] == [1.0, 16.0]


def test_excused_is_no_grade_and_not_zero() -> None:
    """An excuse is no grade, and is not zero. This holds whatever was earned or said otherwise."""
    found = final(Adjustment("", 5.0), Adjustment("", excused=True), late=Lateness(3, 30.0))
    assert (found.score, found.excused, found.late_points, found.is_adjusted) == (None, True, 0.0, True)


def test_a_person_can_grade_where_the_grader_could_not() -> None:
    """A person can grade where the grader failed. Until then there is no grade."""
    assert final(Adjustment("", 12.0), of=FAULT).score == 12.0
    assert final(Adjustment("", 12.0, relative=True), of=FAULT).score == 12.0
    assert final(Adjustment(comment="we are looking into it"), of=FAULT).score is None


def test_lateness_is_taken_off_last_and_told_apart() -> None:
    """Lateness is taken off last, after adjustments. It is rounded to cents, and never more than there is."""
    found = final(Adjustment("", 20.0), late=Lateness(2, 20.0))
    assert (found.score, found.late_points) == (16.0, 4.0)
    assert (final(late=Lateness(1, 33.0)).score, final(late=Lateness(1, 33.0)).late_points) == (11.39, 5.61)
    assert final(late=Lateness(9, 100.0)).score == 0.0
    assert final(late=Lateness(0, 0.0)).score == 17.0
    assert final(of=FAULT, late=Lateness(1, 10.0)).score is None


def test_comments_keep_their_order() -> None:
    """Comments keep their order, and empty ones are left out."""
    said = [Adjustment(comment="first"), Adjustment("", 1.0), Adjustment("structure/layers", 1.0, comment="second")]
    assert final(*said).comments == ("first", "second")
