"""A trained network's results by digit, image and epoch. A page shows them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from grader.model import Result
from grader.report.escape import Translate
from grader.report.markdown import accuracy_line, percent
from grader.report.pages.drawing import Chart, chart, floor_for, heat, png
from grader.report.pages.reference import reference
from grader.report.points import shown

_LIKELY = 3
"""Maximum number of confusions shown for a digit."""


@dataclass(frozen=True)
class Digit:
    """Readings of one digit. It has right answers out of all, the place of that share on a scale, and the mistakes."""

    digit: int
    right: int
    of: int
    place: float
    mistaken_for: tuple[tuple[int, int], ...]

    @property
    def percent(self) -> str:
        """The share of right answers in per cent."""
        return percent(self.right / self.of)


def _digits(confusion: Sequence[Sequence[int]]) -> tuple[float, list[Digit]]:
    """Return the scale's start and the digits' results. Digits without images are left out."""
    rows = [(digit, row, sum(row)) for digit, row in enumerate(confusion) if sum(row)]
    if not rows:
        return 0.0, []
    floor = floor_for([row[digit] / of for digit, row, of in rows])
    digits = []
    for digit, row, of in rows:
        others = sorted((-n, other) for other, n in enumerate(row) if n and other != digit)
        place = (row[digit] / of - floor) / (1 - floor)
        digits.append(Digit(digit, row[digit], of, place, tuple((other, -n) for n, other in others[:_LIKELY])))
    return floor, digits


def _curve(result: Result) -> tuple[Chart | None, tuple[float, ...]]:
    """Return the learning curve, and the reference's. The latter is empty where it is of another data set."""
    losses = result.metrics.train_loss
    beside = reference().train_loss if result.provenance.dataset == reference().dataset else ()
    if not any(map(math.isfinite, losses)):
        return None, ()
    return chart([losses, beside]), beside


def learned(result: Result, translate: Translate) -> dict[str, Any]:
    """Return the template's values about the trained network."""
    metrics = result.metrics
    floor, digits = _digits(metrics.confusion)
    wrong = [n for true, row in enumerate(metrics.confusion) for read, n in enumerate(row) if true != read]
    drawn, beside = _curve(result)
    line = accuracy_line(metrics, result.provenance.threshold, translate)
    return {
        "accuracy": line,
        "share": percent(metrics.accuracy) if line and metrics.accuracy is not None else "",
        "threshold": shown(100 * result.provenance.threshold),
        "floor": f"{100 * floor:g}",
        "digits": digits,
        "confusion": metrics.confusion if digits else (),
        "heat": lambda n: heat(n, max(wrong, default=0)),
        "panel": metrics.panel,
        "png": png,
        "chart": drawn,
        "losses": metrics.train_loss,
        "beside": beside,
        "reference": reference(),
    }
