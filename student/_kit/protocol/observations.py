"""Observations: one frozen dataclass for each probe.

Those of dropout are in `masks`, of loops in `loops`, exceptions in `raised`.

Fields hold numbers, strings, lists and arrays; never objects of torch. The hidden tests read these and nothing
else, so a probe reports what it saw (shapes, losses, gradients) and leaves every judgement to them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, TypeAlias

import numpy as np

from .bounds import Int, Name, Shape, most
from .fitting import need
from .raised import Frame, Raised

Floats: TypeAlias = np.ndarray[Any, Any]
"""A float32 array; its shape stands in the class."""
Integers: TypeAlias = np.ndarray[Any, Any]
"""An int64 array of numpy."""
Booleans: TypeAlias = np.ndarray[Any, Any]
"""A bool array of numpy."""

MAX_LOSSES = 1000
"""Most losses reported of what `train` returns."""
MAX_PARAMETERS = 10_000
"""Most tensors of a network that are reported. Those with something to tell come first."""
MAX_LISTED = 50
"""Most items of any other list. These are lists of what is missing, foreign or held twice."""
MAX_NETWORK_BYTES = 256 << 20
"""A packed network."""
MAX_COUNT = 10_000
"""Bound on every count of a probe. Counting stays cheap for those who judge."""
N_CLASSES = 10
SCORE_KINDS = ("probabilities", "log-probabilities", "shares", "signed shares", "non-negative", "raw")
"""Kinds that rows of scores can be of. Shares lie in [0, 1], signed ones in [-1, 1], however large the weights."""
WHY_NO_SCORES = ("", "load", "build", "shapes", "samples", "gradients")
"""Probes that can explain missing scores."""


def need_scores(*arrays: Floats) -> None:
    """Raise ValueError unless all scores share one shape (N, K)."""
    shape = arrays[0].shape
    need(len(shape) == 2 and shape[0] > 0 and shape[1] > 0, "scores are (N, K)")
    need(all(array.shape == shape for array in arrays), "scores to be compared have one shape")
    need(all(array.dtype.kind == "f" for array in arrays), "scores are floating numbers")


@dataclass(frozen=True)
class Module:
    """How one of the three modules loaded. `missing` lists names of the contract it lacks."""

    name: Name
    missing: Annotated[list[Name], most(MAX_LISTED)] = field(default_factory=list)
    error: Raised | None = None


@dataclass(frozen=True)
class Load:
    """The submission's modules and its two settings. `*_repr` is how Python shows what stands there."""

    modules: Annotated[list[Module], most(MAX_LISTED)]
    batch_size: Int | None
    batch_size_repr: Name
    n_epochs: Int | None
    n_epochs_repr: Name


@dataclass(frozen=True)
class Build:
    """The object that `Net()` returned."""

    type_name: Name
    is_module: bool
    n_parameters: Int


@dataclass(frozen=True)
class ShapeRun:
    """A call of `Net` on `n` images.

    It holds the mode, and the type and shape of what came back, or what was raised.
    """

    mode: Name
    n: Int
    kind: Name
    shape: Shape
    dtype: Name = ""
    floating: bool = False
    error: Raised | None = None
    n_digits: Int = 0
    """Number of different digits that came back. 0 where it is not one whole number from 0 to 9 for each image."""


@dataclass(frozen=True)
class Shapes:
    """`Net` on batches of several sizes."""

    runs: Annotated[list[ShapeRun], most(MAX_LISTED)]


@dataclass(frozen=True)
class Samples:
    """Eval-mode scores of two batches that overlap.

    They are (N, 10) each, and share their first `shared` images and nothing else.

    All passes begin with the same random numbers, so that dropout left on by mistake is the same in all.
    """

    first_batch: Floats
    second_batch: Floats
    first_batch_again: Floats
    """The first batch, scored once more after the other."""
    shared: Int
    input_changed: float
    """Largest change a pass made to its input images."""

    def __post_init__(self) -> None:
        need_scores(self.first_batch, self.second_batch, self.first_batch_again)
        need(1 <= self.shared <= len(self.first_batch), "some samples are shared")


@dataclass(frozen=True)
class Linearity:
    """Eval-mode scores at two images and points between.

    They are (K, 10) each, at images a and b; `between[i]` is at a + t[i]·(b − a), beyond b where t[i] > 1.

    All passes begin with the same random numbers.
    """

    at_a: Floats
    at_b: Floats
    between: Annotated[list[Floats], most(MAX_LISTED)]
    t: Annotated[list[float], most(MAX_LISTED)]
    idle: Annotated[list[Frame], most(MAX_LISTED)] = field(default_factory=list)
    """Statements of `forward` that may do nothing."""

    def __post_init__(self) -> None:
        need(0 < len(self.t) == len(self.between), "there are points between")
        need_scores(self.at_a, self.at_b, *self.between)


@dataclass(frozen=True)
class Layers:
    """Counts of layers used in one forward pass."""

    weight_tensors: Int
    """Number of weight tensors, registered or used. They have two or more dimensions; biases are not counted.

    Where one tensor holds the weights of several layers, each of them counts.
    """
    convolutions: Int
    """Convolutions carried out. Those written as products over unfolded patches count too."""


@dataclass(frozen=True)
class ParameterUse:
    """One registered parameter after a backward pass. `gradient` is "none", "zero", "finite" or "not finite"."""

    name: Name
    shape: Shape
    trainable: bool
    gradient: Name


@dataclass(frozen=True)
class ForeignTensor:
    """A trainable tensor that `parameters()` does not list.

    `forward` used it.

    `recreated`: a second forward pass used another tensor in its place.
    """

    shape: Shape
    recreated: bool


@dataclass(frozen=True)
class Gradients:
    """Gradients of a loss on the scores. They are taken over a few batches in train mode."""

    parameters: Annotated[list[ParameterUse], most(MAX_PARAMETERS)]
    foreign: Annotated[list[ForeignTensor], most(MAX_LISTED)]
    scores_have_graph: bool
    error: Raised | None = None
    """Exception of the backward pass. The forward pass went well."""
    idle: Annotated[list[Frame], most(MAX_LISTED)] = field(default_factory=list)
    """Statements of `forward` that may do nothing."""
    scores_finite: bool = True
    """Whether no score was NaN or infinite."""


@dataclass(frozen=True)
class Criterion:
    """Result of the criterion on raw scores (N, 10)."""

    callable: bool
    kind: Name
    shape: Shape
    value: float
    has_graph: bool
    gradient: Floats | None
    """d loss / d scores (N, 10). None where there is none."""

    def __post_init__(self) -> None:
        need(self.gradient is None or self.gradient.dtype.kind == "f", "a gradient is made of floating numbers")


@dataclass(frozen=True)
class OneClass:
    """Losses on batches of the single class `label`."""

    label: Int
    alone: float
    """Loss of a certain and right answer. To a single sample."""
    answers: Annotated[list[float], most(N_CLASSES)]
    """Losses of answers certain of class 0, 1, … Each to several samples."""
    error: Raised | None = None
    """Exception that the criterion raised. Then there are no losses."""

    def __post_init__(self) -> None:
        need(0 <= self.label < N_CLASSES, "a class is one of ten")
        need(self.error is not None or len(self.answers) == N_CLASSES, "every answer has its loss")


@dataclass(frozen=True)
class Fit:
    """Losses on an untrained network's scores, improved and worsened.

    The scores are what `Net` returns in eval mode for N images.

    `scores` (N, 10), of a kind out of `SCORE_KINDS`. `losses[k]` is the loss when every sample's right class is moved
    by `moves[k]` in the direction of a better answer (negative: worse), in the scores' own terms: probabilities stay
    probabilities, log-probabilities stay log-probabilities.
    """

    scores: Floats
    kind: Name
    large: Floats
    """Scores of the same network with large weights. As large as leave the scores finite."""
    missing: Name
    """Probe that explains why there are no scores. Then the scores are the grader's own. Else empty."""
    moves: Annotated[list[float], most(MAX_LISTED)]
    losses: Annotated[list[float], most(MAX_LISTED)]
    perfect: float
    """Loss of an answer that is certain and right. The answer is in the scores' own terms."""
    worst: float
    """Loss of an answer that is certain and wrong."""
    growing: Annotated[list[float], most(MAX_LISTED)]
    """Losses of three right answers of growing certainty. The scores of each are twice as large as those of the one
    before."""
    shift: float | None
    """Loss added by 5 more in every class. To cross-entropy nothing. None where no score can be so large."""
    swapped: float
    """Loss of a perfect answer with its rows swapped. Each is certain, and of another sample's class."""
    by_class: Annotated[list[OneClass], most(N_CLASSES)]

    def __post_init__(self) -> None:
        need_scores(self.scores, self.large)
        need(self.kind in SCORE_KINDS, "scores are of a kind")
        need(self.missing in WHY_NO_SCORES, "a probe tells why there are none")
        need(1 < len(self.moves) == len(self.losses), "every move has its loss")
        need(len(self.growing) == 3, "three answers grow")
        need([one.label for one in self.by_class] == list(range(N_CLASSES)), "every class has its batches")


@dataclass(frozen=True)
class Optimizer:
    """The optimizer compared with the model's trainable parameters. It is what `make_optimizer(model)` returned."""

    type_name: Name
    is_optimizer: bool
    missing: Annotated[list[Name], most(MAX_LISTED)]
    """Trainable parameters that the optimizer lacks, by name. The first of them."""
    foreign: Int
    """Number of tensors foreign to the model."""
    repeated: Annotated[list[Name], most(MAX_LISTED)]
    """Parameters held more than once: the first of them."""
    n_model: Int
    learning_rates: Annotated[list[float], most(MAX_LISTED)]
    n_missing: Int
    """How many parameters are missing in all."""


@dataclass(frozen=True)
class Descent:
    """Loss on one batch over a few steps.

    It is taken in eval mode, before and after each step of the optimizer on that batch.
    """

    losses: Annotated[list[float], most(MAX_LISTED)]
    learning_rate: float | None
    """Learning rate of the first parameter group. None where the optimizer has none of this name, as with the two
    below."""
    momentum: float | None
    """The largest of any group."""
    weight_decay: float | None
    half: bool = False
    """Whether a parameter is float16."""

    def __post_init__(self) -> None:
        need(len(self.losses) > 1, "there are losses before and after")


@dataclass(frozen=True)
class Predictions:
    """Eval-mode scores (N, 10) of the queries, in order."""

    scores: Floats

    def __post_init__(self) -> None:
        need(self.scores.dtype.kind == "f", "scores are floating numbers")


@dataclass(frozen=True)
class Witness:
    """Observations of the network during the graded training. It does not know of them."""

    traced: Int = 0
    """Train-mode passes followed from images to scores."""
    dropping: Int = 0
    """Followed passes in which a random mask zeroed values."""


NETWORKS = ("weights", "initial", "scrambled")
"""The fields of `Training` that hold packed networks."""


@dataclass(frozen=True)
class Training:
    """A real training run. The networks are packed; the trusted side hands them back, one at a time, unopened."""

    weights: Annotated[bytes, most(MAX_NETWORK_BYTES)]
    """The trained network."""
    initial: Annotated[bytes, most(MAX_NETWORK_BYTES)]
    """The network as it was built."""
    scrambled: Annotated[bytes, most(MAX_NETWORK_BYTES)]
    """Packed network with the values of each parameter shuffled."""
    losses: Annotated[list[float], most(MAX_LOSSES)]
    returned_kind: Name
    epochs: Int
    seconds: float
    witness: Witness = Witness()
