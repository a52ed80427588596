"""The time that an autograder may take. It is the platform's time, less what is needed around it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

_MARGIN_SHARE, _MARGIN_SECONDS = 0.05, 15.0
"""Time set aside: a share and a minimum. The platform needs it before and after, and we need it at the end."""
_TRAINING_SHARE = 0.75
"""Share of the remaining time for the graded training. The rest is for a short one and for predictions."""
_AGAIN = 1.2
"""Time for a further training, relative to the first."""


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
        """Seconds until everything has to be written. Below 0 when that is past."""
        return self.began + self.seconds - max(_MARGIN_SECONDS, _MARGIN_SHARE * self.seconds) - self.now()

    def training_limit(self, probes: float) -> float:
        """Return the time limit of a training in seconds.

        The training begins after probes which will take `probes` seconds; the limit is at least 1.
        """
        return max(1.0, _TRAINING_SHARE * (self.left - probes))

    def allows_again(self, took: float) -> bool:
        """Whether there is time to repeat a step. The step took `took` seconds."""
        return self.left > _AGAIN * took
