"""Names the reason why a trained network reads too few digits, for the grader and for `pytest student --full`."""

from __future__ import annotations

import math
from collections.abc import Sequence

NEAR_CHANCE = 0.2
"""Below this accuracy a network guesses; ten classes make 0.1 by chance."""
GUESSING = 0.95 * math.log(10)
"""Cross-entropy of guesses among ten classes, about. With too large steps it never falls below."""


def per_cent(share: float) -> float:
    """`share` in per cent, rounded down: 98.999 % must not read as the 99 % it is not.

    It has at most two decimals, and is a number, as each language writes numbers in its own way.
    """
    return math.floor(share * 10_000 + 1e-6) / 100


def why_near_chance(losses: Sequence[float]) -> str:
    """The message for a network that guesses.

    Args:
        losses: mean training loss of each epoch, possibly none.
    """
    if len(losses) > 1 and losses[-1] > 2 * min(losses):
        return "accuracy/diverged"
    if len(losses) > 1 and min(losses) >= GUESSING:
        return "accuracy/never-learned"
    if len(losses) > 1 and 0 < losses[-1] < losses[0] / 2:
        return "accuracy/learned-something-else"
    return "accuracy/near-chance"
