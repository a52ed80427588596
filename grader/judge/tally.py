"""Counts right answers on still and moved images."""

from __future__ import annotations

from dataclasses import dataclass

from grader.judge.facts import Facts
from grader.protocol.observations import Floats


@dataclass(frozen=True)
class Tally:
    """Shares of right answers.

    `straight` is of the images as they are, `moved` of the same images moved; None where none was moved. `low_bar` is
    the least that an accuracy is worth something for, `max_lost` what an honest network loses at the most.
    """

    straight: float
    moved: float | None
    low_bar: float
    max_lost: float

    @property
    def looked_up(self) -> bool:
        """Whether accuracy on moved images drops suspiciously. A network that reads them loses less."""
        return self.moved is not None and self.straight >= self.low_bar and self.straight - self.moved > self.max_lost

    @property
    def counted(self) -> float:
        """Accuracy that counts for the grade. What a table of known images has brought does not."""
        return self.moved if self.moved is not None and self.looked_up else self.straight


def tally(scores: Floats, facts: Facts) -> Tally:
    """Count the right answers.

    Args:
        scores: float32 (N, 10), one row for each answer of `facts`.
        facts: the answers.
    """
    right = scores.argmax(axis=1) == facts.answers
    moved = float(right[facts.moved].mean()) if facts.moved.any() else None
    return Tally(float(right[facts.graded].mean()), moved, facts.bars[0], facts.max_moved_loss)
