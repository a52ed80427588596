"""Observations of the training loop."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from .bounds import Int, Name, Text, most
from .fitting import need
from .observations import MAX_COUNT, MAX_LISTED, MAX_LOSSES
from .raised import Frame

MAX_EVENTS = 800
"""Most events recorded in one run of `train`. An event is a call of a model or a criterion, or a step; at that number
the run is ended."""
MAX_SAMPLES = 1000
"""Most samples reported of a step or a call. The set has ten."""
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
    """Samples whose loss was backpropagated since the previous step. Each sample has a label of its own."""
    handed_out: Annotated[list[Int], most(MAX_SAMPLES)]
    """Samples handed out by the loader since the previous step. Samples taken from the data set itself count too."""
    rows: Int
    """Images in the backpropagated passes since the previous step."""
    backward_passes: Int
    forward_after_backward: bool
    """The step came between forward and backward pass."""
    training: Annotated[list[bool], most(MAX_SAMPLES)]
    """`model.training` in each backpropagated pass since the previous step."""
    gradient_norm: float
    residual: float
    """Distance of the gradient g from the expected f. ‖g − c·f‖ / ‖g‖ at the best c > 0, clipping by value allowed for.
    1.0 where f or g is missing or zero."""
    cosine: float
    """Cosine of the angle between g and f. Each tensor of both is scaled to the same size per entry."""
    carried: float
    """Share of older gradients in g. It is d / c for the best g ≈ c·f + d·(what the parameters held before)."""
    jump: float
    """Relative change of the weights between two steps. ‖weights now − weights after the previous step‖ / ‖weights‖."""
    objective: float
    """Value that `backward()` was last called on. NaN where none is known."""


@dataclass(frozen=True)
class LossCall:
    """One call of the criterion on `n` samples. It tells in which pass over the loader."""

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
    """How a run of `train` ended.

    `endless`: we ended it, because it had done many times what `n_epochs` epochs take.
    """

    endless: bool


@dataclass(frozen=True)
class Report:
    """Losses of one run of `train`, seen and returned."""

    losses: Annotated[list[LossCall], most(MAX_EVENTS)]
    steps: Annotated[list[Step], most(MAX_EVENTS)]
    loader_passes: Int
    summed: bool
    """Whether the criterion sums over the batch. It does where the submission's own criterion does; otherwise it takes
    the mean."""
    returned: Annotated[list[float], most(MAX_LOSSES)]


@dataclass(frozen=True)
class Loop:
    """Events while `train` ran with parts of ours. It ran for `n_epochs` on `n_samples`."""

    n_samples: Int
    batch_size: Int
    n_epochs: Int
    steps: Annotated[list[Step], most(MAX_EVENTS)]
    losses: Annotated[list[LossCall], most(MAX_EVENTS)]
    summed: bool
    """Whether the criterion sums over the batch. It does where the submission's own criterion does; otherwise it takes
    the mean."""
    loader_passes: Int
    data_read: bool
    model_calls: Int
    copy_calls: Int
    """Forward passes through a copy of the given model."""
    backward_passes: Int
    foreign_steps: Int
    """Steps of optimizers that are not the given one."""
    matched: Int
    """Images trained on exactly as they were handed out."""
    mismatched: Int
    """Matched images that had the label of another."""
    weights_changed: bool
    long_samples: Int
    """Samples in one epoch of very many batches. 0 where `train` was not asked to run one."""
    long_trained: Int
    """Samples trained on in it."""
    returned_kind: Name
    returned: Annotated[list[float], most(MAX_LOSSES)]
    returned_tensors: bool
    finished: bool
    """`train` came to its end. Otherwise this is what was seen until it raised."""
    called_otherwise: bool
    """`train` worked only with arguments called by name."""
    unusable_after: Text
    """Complaint of the model about float32 images after `train`. Empty where it still takes them."""
    with_own: Report | None
    """Report of a run with the submission's own parts. It is there where it is needed: a loop may rightly count on its
    own network and criterion."""
    uncalled: Annotated[list[Frame], most(MAX_LISTED)] = field(default_factory=list)
    """Methods that `train`, or what it calls, only names. The code of each is the method without its brackets."""

    def __post_init__(self) -> None:
        sizes = (self.n_samples, self.batch_size, self.n_epochs)
        need(all(1 <= size <= MAX_COUNT for size in sizes), "the training set is a small one")

    @property
    def report(self) -> Report:
        """The losses, and what was returned about them."""
        return Report(self.losses, self.steps, self.loader_passes, self.summed, self.returned)


@dataclass(frozen=True)
class DeviceUse:
    """Devices on which images and labels arrived. `train` was told to use `device`, which is not the CPU."""

    device: Name
    images: Name
    labels: Name
