"""Points as shown, rounded to cents.

They are rounded first and added up after, so that what a reader adds up is the total.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from grader.categories import CATEGORIES
from grader.model import Result, ScoredTest


@dataclass(frozen=True)
class Points:
    """Points earned and possible, in whole cents."""

    cents: int
    max_cents: int

    @property
    def score(self) -> float:
        """Points earned, exact to two decimals."""
        return self.cents / 100

    @property
    def max_score(self) -> float:
        """Points possible, exact to two decimals."""
        return self.max_cents / 100

    def __str__(self) -> str:
        """Return "17.5 / 20", for example."""
        return f"{shown(self.score)} / {shown(self.max_score)}"


def to_cents(points: float) -> int:
    """Convert points to hundredths. Halves are rounded up, as people do."""
    return int(points * 100 + 0.5 + 1e-9)


def shown(points: float) -> str:
    """Format points without needless zeros: "20", "17.5", "0.25"."""
    return f"{points:.2f}".rstrip("0").rstrip(".")


def total(tests: Iterable[ScoredTest]) -> Points:
    """Add up the points of some tests."""
    pairs = [(to_cents(test.score), to_cents(test.max_score)) for test in tests]
    return Points(sum(score for score, _ in pairs), sum(most for _, most in pairs))


def result_points(result: Result) -> Points:
    """Add up the points of a result's tests. Where it has none, its own total is taken."""
    if result.tests:
        return total(result.tests)
    return Points(to_cents(result.score or 0.0), to_cents(result.max_score))


def by_category(result: Result) -> Mapping[str, tuple[ScoredTest, ...]]:
    """Group a result's tests by category.

    Categories come in the order of the contract, unknown ones last, and none is empty.
    """
    found: dict[str, list[ScoredTest]] = {}
    for test in result.tests:
        found.setdefault(test.verdict.category, []).append(test)
    order = [name for name in CATEGORIES if name in found] + sorted(found.keys() - set(CATEGORIES))
    return {name: tuple(found[name]) for name in order}
