"""Confidence intervals of a measured accuracy."""

from __future__ import annotations

import math

_Z_95 = 1.959963984540054
"""Standard deviations that hold 95 % of a normal distribution."""


def wilson_interval(correct: int, count: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share.

    `correct` out of `count` >= 1 were counted; the interval is within [0, 1].
    """
    share = correct / count
    widening = _Z_95 * _Z_95 / count
    centre = (share + widening / 2) / (1 + widening)
    half = _Z_95 / (1 + widening) * math.sqrt(share * (1 - share) / count + widening / (4 * count))
    return max(0.0, centre - half), min(1.0, centre + half)
