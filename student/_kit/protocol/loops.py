"""What the probes of the training loop bring back, as `observations` does for the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from .bounds import Int, Name, Text, most
from .fitting import need
from .observations import MAX_COUNT, MAX_LOSSES

MAX_EVENTS = 800
"""Calls of a model or a criterion in one run of `train`, which is ended then; and steps that are reported."""
MAX_SAMPLES = 1000
"""Samples of a step or of a call that are reported; the set has ten."""
NOWHERE = "nowhere"
"""The device of what never arrived."""


@dataclass(frozen=True)
class Step:
    """One step of the given optimizer inside `train`.

    g is the gradient that the parameters held, f what backward passes had brought since the previous step (all of
    them, or the last alone, whichever is nearer to g).
    """

    epoch: Int
    """Passes over the loader begun so far."""
    labels: Annotated[list[Int], most(MAX_SAMPLES)]
    """Samples (each has a label of its own) whose loss was backpropagated since the previous step."""
    handed: Annotated[list[Int], most(MAX_SAMPLES)]
    """Samples that loader or data set gave out since the previous step."""
    rows: Int
    """Images in the forward passes that were backpropagated since the previous step."""
    backward_passes: Int
    forward_after_backward: bool
    """The step came between a forward pass and its backward pass."""
    training: Annotated[list[bool], most(MAX_SAMPLES)]
    """`model.training` in each forward pass that was backpropagated since the previous step."""
    gradient_norm: float
    residual: float
    """‖g − c·f‖ / ‖g‖ at the best c > 0, clipping by value allowed for. 1.0 where f or g is missing or zero."""
    cosine: float
    """Of the angle between g and f, each tensor of both scaled to the same size per entry."""
    carried: float
    """How much of g is what the parameters held before: d / c for the best g ≈ c·f + d·(what they held)."""
    jump: float
    """‖weights now − weights after the previous step‖ / ‖weights‖: what has changed them in between."""
    objective: float
    """The value that `backward()` was last called on, NaN where none is known."""


@dataclass(frozen=True)
class LossCall:
    """One call of the given criterion on `n` samples, in which pass over the loader."""

    epoch: Int
    value: float
    n: Int
    labels: Annotated[list[Int], most(MAX_SAMPLES)]
    training: bool
    """`model.training` at that moment."""
    trained: bool
    """A backward pass went through it."""


@dataclass(frozen=True)
class Runs:
    """`train` ran to its end, or was ended by us because it had done many times what `n_epochs` epochs take."""

    endless: bool


@dataclass(frozen=True)
class Report:
    """The losses of one run of `train`, and what it returned about them."""

    losses: Annotated[list[LossCall], most(MAX_EVENTS)]
    steps: Annotated[list[Step], most(MAX_EVENTS)]
    loader_passes: Int
    summed: bool
    """The criterion sums over the batch, as the submission's own does; otherwise it is the mean."""
    returned: Annotated[list[float], most(MAX_LOSSES)]


@dataclass(frozen=True)
class Loop:
    """What happened while the submission's `train` ran for `n_epochs` on `n_samples` with parts of ours."""

    n_samples: Int
    batch_size: Int
    n_epochs: Int
    steps: Annotated[list[Step], most(MAX_EVENTS)]
    losses: Annotated[list[LossCall], most(MAX_EVENTS)]
    summed: bool
    """The criterion sums over the batch, as the submission's own does; otherwise it is the mean."""
    loader_passes: Int
    data_read: bool
    model_calls: Int
    copy_calls: Int
    """Forward passes through a copy of the given model."""
    backward_passes: Int
    foreign_steps: Int
    """Steps of optimizers that are not the given one."""
    matched: Int
    """Images that a trained loss had as they were handed out."""
    mismatched: Int
    """Those of them that had the label of another image."""
    weights_changed: bool
    long_samples: Int
    """Samples of one epoch of very many batches, 0 where `train` was not asked to run one."""
    long_trained: Int
    """Samples trained on in it."""
    returned_kind: Name
    returned: Annotated[list[float], most(MAX_LOSSES)]
    returned_tensors: bool
    finished: bool
    """`train` came to its end; otherwise this is what was seen until it raised."""
    called_otherwise: bool
    """It only did when its arguments were called by their names."""
    unusable_after: Text
    """What the model says to float32 images after `train`, where it no longer takes them; else empty."""
    with_own: Report | None
    """The losses with the submission's own network and criterion, which a loop may rightly count on; where needed."""

    def __post_init__(self) -> None:
        sizes = (self.n_samples, self.batch_size, self.n_epochs)
        need(all(1 <= size <= MAX_COUNT for size in sizes), "the training set is a small one")

    @property
    def report(self) -> Report:
        """The losses, and what was returned about them."""
        return Report(self.losses, self.steps, self.loader_passes, self.summed, self.returned)


@dataclass(frozen=True)
class DeviceUse:
    """On which device images and labels arrived when `train` was told to use `device` (it is not the CPU)."""

    device: Name
    images: Name
    labels: Name
