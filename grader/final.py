"""The grade for a grade book.

It comes from the points that were earned, what a person has said about them, and lateness.

The order is fixed. Points of single tests are replaced or added to first, then those of the total, and what lateness
takes off is taken off what that comes to. Of several adjustments of one thing the last that replaces it counts, and all
that add to it. What was earned stays in `result.json` as it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from grader.model import Adjustment, Result, ScoredTest
from grader.report.points import Points, result_points, to_cents, total


@dataclass(frozen=True)
class Final:
    """The grade of one submission, exact to two decimals.

    Args:
        score: None where there is no grade: the grader failed and nobody has given points, or it is excused.
        max_score: of what was judged.
        earned: what the tests have earned, before anybody said anything; None where the grader failed.
        late_points: taken off for lateness, 0 or more; `score` is without them.
        excused: there is to be no grade.
        tests: each test with the points that it has in the end.
        comments: what people have written, in the order of their lines.
    """

    score: float | None
    max_score: float
    earned: float | None
    late_points: float = 0.0
    excused: bool = False
    tests: tuple[ScoredTest, ...] = ()
    comments: tuple[str, ...] = ()

    @property
    def is_adjusted(self) -> bool:
        """Whether the grade differs from what the tests earned."""
        return self.excused or self.score != self.earned


def _cents(points: float) -> int:
    return to_cents(points) if points >= 0 else -to_cents(-points)


def _applied(earned: int | None, most: int, adjustments: Iterable[Adjustment]) -> int | None:
    """Apply `adjustments` of one thing to its cents. `most` is what the thing is worth; the result is never below 0."""
    base, added, is_said = earned, 0, False
    for one in adjustments:
        if one.excused:
            base = most
        elif one.points is not None and one.relative:
            added += _cents(one.points)
            is_said = True
        elif one.points is not None:
            base = _cents(one.points)
    if base is None and not is_said:
        return None
    return max(0, (base or 0) + added)


def _adjusted(test: ScoredTest, adjustments: Iterable[Adjustment]) -> ScoredTest:
    of_it = [one for one in adjustments if one.test == test.verdict.test]
    if not of_it:
        return test
    cents = _applied(to_cents(test.score), to_cents(test.max_score), of_it)
    return ScoredTest(test.verdict, (cents or 0) / 100, test.max_score)


def final_grade(result: Result) -> Final:
    """Compute the final grade of `result`.

    Args:
        result: with the adjustments and the lateness that it was given where its folder was read.
    """
    has_failed = result.status == "grader_error"
    tests = tuple(_adjusted(test, result.adjustments) for test in result.tests)
    of_total = [one for one in result.adjustments if not one.test]
    points: Points = total(tests) if tests else result_points(result)
    cents = _applied(
        None if has_failed else points.cents, points.max_cents, [one for one in of_total if not one.excused]
    )
    excused = any(one.excused for one in of_total)
    late = 0
    if cents is not None and result.lateness is not None:
        late = min(cents, _cents(cents / 100 * result.lateness.percent / 100))
    return Final(
        score=None if cents is None or excused else (cents - late) / 100,
        max_score=points.max_score,
        earned=None if has_failed else result_points(result).score,
        late_points=0.0 if excused else late / 100,
        excused=excused,
        tests=tests,
        comments=tuple(one.comment for one in result.adjustments if one.comment),
    )
