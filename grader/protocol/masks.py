"""Observations of dropout: randomness of `Net` and its masks. See `observations.py`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

import numpy as np

from .bounds import Int, Name, most
from .fitting import need
from .observations import MAX_LISTED, Floats, need_scores
from .raised import Frame

MAX_SITES = 64
"""Most random places reported of one pass. The same bound holds for scalings; the first ones are reported."""


@dataclass(frozen=True)
class ModeRun:
    """Two forward passes over the same images. They follow one more `train()` or `eval()`."""

    mode: Name
    training_flag: bool
    """`training` of the network before the passes."""
    flag_after: bool
    """`training` after the passes. `forward` itself should not switch modes."""
    first: Floats
    """Scores (N, K) of one pass."""
    second: Floats
    """Scores (N, 10) of the second pass."""

    def __post_init__(self) -> None:
        need_scores(self.first, self.second)

    @property
    def spread(self) -> float:
        """Largest absolute difference between the two passes' scores. NaN where they are not finite."""
        return float(np.abs(self.first - self.second).max())


@dataclass(frozen=True)
class Modes:
    """Runs in train, eval, train and eval mode. Without one in which the network does not work."""

    runs: Annotated[list[ModeRun], most(4)]
    seeded: Floats
    """Scores (N, K) of a pass in eval mode."""
    seeded_again: Floats
    """Scores of a second pass seeded like the first."""
    idle: Annotated[list[Frame], most(MAX_LISTED)] = field(default_factory=list)
    """Statements of `forward` that may do nothing."""

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
        """Largest difference between the two equally seeded passes."""
        return float(np.abs(self.seeded - self.seeded_again).max())


@dataclass(frozen=True)
class Site:
    """One place in `forward` that applies a random mask.

    Values are multiplied by it, or overwritten through it.

    Seen in the trace of tensor operations, so it does not matter how it was written.
    """

    values: Int
    """Non-zero values that reached the mask."""
    size: Int
    """All values that reached it."""
    masks: Int
    """Number of independent random numbers behind the values. As many as `values`, fewer where whole channels are
    dropped."""
    zeroed: float
    """Share of `values` set to zero."""
    ratio: float
    """Median of (value after / value before) over kept values."""
    scaled_before: float
    """Plain factor applied just before the mask. 1.0 where there is none."""
    scaled_after: float
    """Plain factor applied right after the mask."""
    spread: float
    """Largest relative deviation of a kept ratio from `ratio`."""
    filled_with: float
    """Number put in the place of all zeros. It is put there right after the mask; 0.0 where there is none."""
    used: bool
    """Whether the scores depend on this place's output."""
    on_pixels: bool
    """No layer with weights precedes this place."""
    on_scores: bool
    """No layer with weights follows this place. The values became the scores one for one."""

    def __post_init__(self) -> None:
        need(1 <= self.masks <= self.values and 0 < self.zeroed <= 1, "a share of some values is zeroed")


@dataclass(frozen=True)
class Scaling:
    """A multiplication of `size` values by one plain number. The values were computed from the images."""

    factor: float
    size: Int


@dataclass(frozen=True)
class Masks:
    """Random places and plain scalings of two passes. One pass in train mode, one in eval mode."""

    train: Annotated[list[Site], most(MAX_SITES)]
    eval: Annotated[list[Site], most(MAX_SITES)]
    train_scalings: Annotated[list[Scaling], most(MAX_SITES)]
    eval_scalings: Annotated[list[Scaling], most(MAX_SITES)]
