"""What the probes of dropout bring back: when `Net` is random, and what its random masks do. See `observations.py`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from .bounds import Int, Name, most
from .fitting import need
from .observations import Floats, need_scores

MAX_SITES = 64
"""How many random places of one pass are reported, and how many scalings: the first."""


@dataclass(frozen=True)
class ModeRun:
    """Two forward passes over the same images after one more `train()` or `eval()`."""

    mode: Name
    training_flag: bool
    """`training` of the network before the passes."""
    flag_after: bool
    """The same after them: `forward` itself should not switch modes."""
    first: Floats
    """Scores (N, K) of one pass."""
    second: Floats
    """Those of the other."""

    def __post_init__(self) -> None:
        need_scores(self.first, self.second)

    @property
    def spread(self) -> float:
        """Largest absolute difference between the two passes' scores; NaN where they are not finite."""
        return float(np.abs(self.first - self.second).max())


@dataclass(frozen=True)
class Modes:
    """Modes switched one after the other: train, eval, train, eval; without one in which the network does not work."""

    runs: Annotated[list[ModeRun], most(4)]
    seeded: Floats
    """Scores (N, K) of a pass in eval mode."""
    seeded_again: Floats
    """Those of another that begins with the same random numbers."""

    def __post_init__(self) -> None:
        modes = [run.mode for run in self.runs]
        need(modes in (["train", "eval"] * 2, ["train"] * 2, ["eval"] * 2), "modes alternate")
        need_scores(self.seeded, self.seeded_again)

    @property
    def largest_score(self) -> float:
        """The largest score of all passes."""
        return max(float(np.abs(run.first).max()) for run in self.runs)

    @property
    def reseeded(self) -> float:
        """Largest absolute difference between the two passes with the same random numbers."""
        return float(np.abs(self.seeded - self.seeded_again).max())


@dataclass(frozen=True)
class Site:
    """One place in `forward` where values are multiplied by a random mask (or overwritten through one).

    Seen in the trace of tensor operations, so it does not matter how it was written.
    """

    values: Int
    """Non-zero values that reached the mask."""
    size: Int
    """All values that reached it."""
    masks: Int
    """Independent random numbers behind them: as many as `values`, fewer where whole channels are dropped."""
    zeroed: float
    """Share of `values` set to zero."""
    ratio: float
    """Median of (value after / value before) over those kept."""
    scaled_before: float
    """The plain factor the values were multiplied with just before the mask, 1.0 where there is none."""
    scaled_after: float
    """The plain factor they were multiplied with right after it."""
    spread: float
    """Largest relative deviation of a kept value's ratio from the median."""
    filled_with: float
    """The number that was put in the place of all its zeros right after, 0.0 where there is none."""
    used: bool
    """The scores were computed from what came out of it."""
    on_pixels: bool
    """No layer with weights comes between the images and this place."""
    on_scores: bool
    """The values became the scores one for one: no layer with weights comes between this place and the scores."""

    def __post_init__(self) -> None:
        need(1 <= self.masks <= self.values and 0 < self.zeroed <= 1, "a share of some values is zeroed")


@dataclass(frozen=True)
class Scaling:
    """`size` values, computed from the images, were multiplied by one plain number."""

    factor: float
    size: Int


@dataclass(frozen=True)
class Masks:
    """The random places of one pass in train mode and of one in eval mode, and the plain scalings in each."""

    train: Annotated[list[Site], most(MAX_SITES)]
    eval: Annotated[list[Site], most(MAX_SITES)]
    train_scalings: Annotated[list[Scaling], most(MAX_SITES)]
    eval_scalings: Annotated[list[Scaling], most(MAX_SITES)]
