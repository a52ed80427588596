"""Points as they are shown: rounded to cents first and added up after, so that what a reader adds up is the total."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from grader.categories import CATEGORIES
from grader.model import Result, ScoredTest


@dataclass(frozen=True)
class Points:
    """Points earned out of those there were, both in whole cents."""

    cents: int
    max_cents: int

    @property
    def score(self) -> float:
        """Points earned, exact to two decimals."""
        return self.cents / 100

    @property
    def max_score(self) -> float:
        """Points there were, exact to two decimals."""
        return self.max_cents / 100

    def __str__(self) -> str:
        """As in "17.5 / 20"."""
        return f"{shown(self.score)} / {shown(self.max_score)}"


def to_cents(points: float) -> int:
    """Hundredths of a point, halves rounded up as people do."""
    return int(points * 100 + 0.5 + 1e-9)


def shown(points: float) -> str:
    """A number of points without needless zeros: "20", "17.5", "0.25"."""
    return f"{points:.2f}".rstrip("0").rstrip(".")


def total(tests: Iterable[ScoredTest]) -> Points:
    """The sum over some tests."""
    pairs = [(to_cents(test.score), to_cents(test.max_score)) for test in tests]
    return Points(sum(score for score, _ in pairs), sum(most for _, most in pairs))


def result_points(result: Result) -> Points:
    """The sum over all tests of a result; where it has none, what it says itself."""
    if result.tests:
        return total(result.tests)
    return Points(to_cents(result.score or 0.0), to_cents(result.max_score))


def by_category(result: Result) -> Mapping[str, tuple[ScoredTest, ...]]:
    """The tests of each category that has any, in the order of the contract; categories it does not know come last."""
    found: dict[str, list[ScoredTest]] = {}
    for test in result.tests:
        found.setdefault(test.verdict.category, []).append(test)
    order = [name for name in CATEGORIES if name in found] + sorted(found.keys() - set(CATEGORIES))
    return {name: tuple(found[name]) for name in order}
