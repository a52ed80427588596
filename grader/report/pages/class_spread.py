"""Histograms of a class's scores and accuracies. They have counts in bins, and the places of bars in a picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, median

from grader.final import final_grade
from grader.model import Result
from grader.report.mistakes import counted

WIDTH, HEIGHT = 440, 170
_TOP, _BOTTOM = 18, 22
_GAP = 4
_SIDE = 14
"""Room for half a label at either end. The labels stand below the edges of bins."""
_SHARES = tuple(edge / 10 for edge in range(11))
_ACCURACIES = (0.0, 0.5, 0.9, 0.95, 0.97, 0.98, 0.985, 0.99, 0.995, 1.0)
"""Edges of bins, close together where grades are decided."""


@dataclass(frozen=True)
class Bar:
    """One bin, and its bar in a picture. Edges are in per cent, places in pixels of `WIDTH` × `HEIGHT`."""

    low: str
    high: str
    count: int
    x: float
    y: float
    width: float
    height: float
    reached: bool
    """Whether all in it have reached the goal."""

    @property
    def label(self) -> str:
        """The label below the bar: its lower edge."""
        return self.low

    @property
    def middle(self) -> float:
        """The centre of text on the bar."""
        return round(self.x + self.width / 2, 1)


@dataclass(frozen=True)
class Spread:
    """A histogram of shares. `mean` and `median` are in per cent."""

    bars: tuple[Bar, ...]
    edges: tuple[tuple[str, float], ...]
    """Labels below the edges, with their places."""
    count: int
    mean: str
    median: str


def _edge(share: float) -> str:
    return f"{100 * share:.1f}".removesuffix(".0")


def spread_of(shares: Sequence[float], edges: Sequence[float], goal: float = math.inf) -> Spread | None:
    """Return the histogram of `shares`. None where there are none.

    Args:
        shares: finite, each counted in the last bin that begins at or below it.
        edges: of the bins, rising; the last is the end of the last bin, which belongs to it.
        goal: the share from which on it is reached.
    """
    if not shares:
        return None
    counts = [0] * (len(edges) - 1)
    for share in shares:
        below = sum(edge <= share + 1e-9 for edge in edges)
        counts[min(max(below, 1), len(counts)) - 1] += 1
    room, width = HEIGHT - _TOP - _BOTTOM, (WIDTH - 2 * _SIDE) / len(counts)
    bars = []
    for i, count in enumerate(counts):
        height = round(room * count / max(counts), 1)
        bars.append(
            Bar(
                low=_edge(edges[i]),
                high=_edge(edges[i + 1]),
                count=count,
                x=round(_SIDE + i * width + _GAP / 2, 1),
                y=round(HEIGHT - _BOTTOM - height, 1),
                width=round(width - _GAP, 1),
                height=height,
                reached=edges[i] >= goal - 1e-9,
            )
        )
    places = tuple((_edge(edge), round(_SIDE + i * width, 1)) for i, edge in enumerate(edges))
    return Spread(tuple(bars), places, len(shares), f"{100 * mean(shares):.1f}", f"{100 * median(shares):.1f}")


def score_spread(results: Sequence[Result]) -> Spread | None:
    """Return the histogram of final points. They are shares of the possible ones; who has none is left out."""
    grades = [final_grade(result) for result in counted(results)]
    shares = [grade.score / grade.max_score for grade in grades if grade.score is not None and grade.max_score]
    return spread_of([min(share, 1.0) for share in shares], _SHARES)


def accuracy_spread(results: Sequence[Result]) -> Spread | None:
    """Return the histogram of accuracies. Who was not scored on the test set is left out."""
    measured = [result for result in counted(results) if result.metrics.accuracy is not None]
    accuracies = [result.metrics.accuracy or 0.0 for result in measured]
    finite = [accuracy for accuracy in accuracies if math.isfinite(accuracy)]
    goal = max((result.provenance.threshold for result in measured), default=math.inf)
    # whoever has reached the goal is in bins of their own
    edges = sorted({*_ACCURACIES, goal}) if 0 < goal < 1 else _ACCURACIES
    return spread_of(finite, edges, goal)
