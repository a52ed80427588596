"""How long an autograder may take: the platform's time, less what is needed around it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

_MARGIN_SHARE, _MARGIN_SECONDS = 0.05, 15.0
"""Of the platform's time: what is left for its own work before and after, and for ours at the end."""
_TRAINING_SHARE = 0.75
"""Of the time that is left, for the graded training; the rest is for a short one and for predictions."""
_AGAIN = 1.2
"""What a further training may take, as a multiple of the first."""


@dataclass(frozen=True)
class Budget:
    """The time of one submission.

    Args:
        seconds: after which the platform ends everything.
        began: when it started to count, by `now`.
        now: the clock, in seconds.
    """

    seconds: float
    began: float
    now: Callable[[], float] = time.monotonic

    @property
    def left(self) -> float:
        """Seconds until everything has to be written; below 0 when that is past."""
        return self.began + self.seconds - max(_MARGIN_SECONDS, _MARGIN_SHARE * self.seconds) - self.now()

    def training_limit(self, probes: float) -> float:
        """The limit in seconds of a training that begins after probes which will take `probes` seconds; at least 1."""
        return max(1.0, _TRAINING_SHARE * (self.left - probes))

    def allows_again(self, took: float) -> bool:
        """Whether what took `took` seconds can be done once more."""
        return self.left > _AGAIN * took
