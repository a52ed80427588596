"""What probes bring back: one frozen dataclass per probe; those about dropout are in `masks`, about loops in `loops`.

Fields hold numbers, strings, lists and arrays; never objects of torch. The hidden tests read these and nothing
else, so a probe reports what it saw (shapes, losses, gradients) and leaves every judgement to them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, TypeAlias

import numpy as np

from .bounds import Int, Name, Shape, Text, most
from .fitting import need

Floats: TypeAlias = np.ndarray[Any, Any]
"""A float32 array of numpy; the shape stands in the docstring of the field's class."""
Integers: TypeAlias = np.ndarray[Any, Any]
"""An int64 array of numpy."""
Booleans: TypeAlias = np.ndarray[Any, Any]
"""A bool array of numpy."""

MAX_LOSSES = 1000
"""How many of the numbers that `train` returns are reported."""
MAX_PARAMETERS = 10_000
"""How many tensors of a network are reported; those with something to tell come first."""
MAX_LISTED = 50
"""How many of anything else: of what is missing, foreign or held twice."""
MAX_FRAMES_TOLD = 16
"""Lines of a traceback."""
MAX_NETWORK_BYTES = 256 << 20
"""A packed network."""
MAX_COUNT = 10_000
"""Bound on how often anything happens in a probe, so that counting it stays cheap for those who judge."""
N_CLASSES = 10
SCORE_KINDS = ("probabilities", "log-probabilities", "shares", "signed shares", "non-negative", "raw")
"""What the rows of scores are. Shares lie in [0, 1], signed ones in [-1, 1], however large the weights."""
WHY_NO_SCORES = ("", "load", "build", "shapes", "gradients")
"""The probes that can tell why a network gives no scores."""


def need_scores(*arrays: Floats) -> None:
    """Raise ValueError unless all are scores (N, K) of one shape."""
    shape = arrays[0].shape
    need(len(shape) == 2 and shape[0] > 0 and shape[1] > 0, "scores are (N, K)")
    need(all(array.shape == shape for array in arrays), "scores to be compared have one shape")
    need(all(array.dtype.kind == "f" for array in arrays), "scores are floating numbers")


@dataclass(frozen=True)
class Frame:
    """One line of a student's own file in a traceback."""

    file: Name
    line: Int
    function: Name
    code: Name


@dataclass(frozen=True)
class Clues:
    """What only the process that raised can tell of an exception's cause; each is empty where it is not known."""

    origin: Name = ""
    """The module whose line raised, where it is none of the submission's."""
    python: Name = ""
    """Of a `SyntaxError`: the version of Python that could not read the file."""
    meant: Name = ""
    """Of a missing name or attribute: one that there is, and that is spelt almost like it."""
    home: Name = ""
    """Of a missing name: the module of the submission that defines it."""
    owner: Name = ""
    """The class of the submission that lacks an attribute or a method."""
    method: Name = ""
    """What `owner` defines in the place of `expected`."""
    expected: Name = ""
    """`__init__` or `forward`, where `owner` lacks it."""


@dataclass(frozen=True)
class Raised:
    """An exception of the submission's code, its traceback trimmed to the submission's own frames (outermost first)."""

    exception: Name
    message: Text
    frames: Annotated[list[Frame], most(MAX_FRAMES_TOLD)] = field(default_factory=list)
    not_implemented: bool = False
    """A stub that was not filled in: `NotImplementedError` raised by the submission itself."""
    clues: Clues = field(default_factory=Clues)

    def __post_init__(self) -> None:
        need(bool(self.frames) or not self.not_implemented, "a stub that raises is in a file of the submission")


@dataclass(frozen=True)
class Module:
    """How one of the three modules loaded. `missing` lists names of the contract it lacks."""

    name: Name
    missing: Annotated[list[Name], most(MAX_LISTED)] = field(default_factory=list)
    error: Raised | None = None


@dataclass(frozen=True)
class Load:
    """The modules of the submission and its two settings; `*_repr` is how Python shows what stands there."""

    modules: Annotated[list[Module], most(MAX_LISTED)]
    batch_size: Int | None
    batch_size_repr: Name
    n_epochs: Int | None
    n_epochs_repr: Name


@dataclass(frozen=True)
class Build:
    """What `Net()` returned."""

    type_name: Name
    is_module: bool
    n_parameters: Int


@dataclass(frozen=True)
class ShapeRun:
    """`Net` called on `n` images in `mode`: the type and shape of what came back, or what was raised."""

    mode: Name
    n: Int
    kind: Name
    shape: Shape
    dtype: Name = ""
    floating: bool = False
    error: Raised | None = None


@dataclass(frozen=True)
class Shapes:
    """`Net` on batches of several sizes."""

    runs: Annotated[list[ShapeRun], most(MAX_LISTED)]


@dataclass(frozen=True)
class Samples:
    """Scores (N, 10) in eval mode of two batches that share their first `shared` images and nothing else.

    All passes begin with the same random numbers, so that dropout left on by mistake is the same in all.
    """

    one_company: Floats
    other_company: Floats
    one_again: Floats
    """The first batch, scored once more after the other."""
    shared: Int
    input_changed: float
    """By how much a pass changed the images that it was given, at the most."""

    def __post_init__(self) -> None:
        need_scores(self.one_company, self.other_company, self.one_again)
        need(1 <= self.shared <= len(self.one_company), "some samples are shared")


@dataclass(frozen=True)
class Linearity:
    """Scores (K, 10) in eval mode at images a and b and at points between: `between[i]` is at a + t[i]·(b − a).

    All passes begin with the same random numbers.
    """

    at_a: Floats
    at_b: Floats
    between: Annotated[list[Floats], most(MAX_LISTED)]
    t: Annotated[list[float], most(MAX_LISTED)]

    def __post_init__(self) -> None:
        need(0 < len(self.t) == len(self.between), "there are points between")
        need_scores(self.at_a, self.at_b, *self.between)


@dataclass(frozen=True)
class Layers:
    """What one forward pass is made of."""

    weight_tensors: Int
    """Tensors of two or more dimensions, registered or used: the weights of layers, biases not counted.

    Where one tensor holds the weights of several layers, each of them counts.
    """
    convolutions: Int
    """Convolutions carried out, also those written as products over unfolded patches."""


@dataclass(frozen=True)
class ParameterUse:
    """One registered parameter after a backward pass. `gradient` is "none", "zero", "finite" or "not finite"."""

    name: Name
    shape: Shape
    trainable: bool
    gradient: Name


@dataclass(frozen=True)
class ForeignTensor:
    """A trainable tensor that `forward` used and `parameters()` does not list.

    `recreated`: a second forward pass used another tensor in its place.
    """

    shape: Shape
    recreated: bool


@dataclass(frozen=True)
class Gradients:
    """Where the gradient of a loss on the scores arrives, over a few batches in train mode."""

    parameters: Annotated[list[ParameterUse], most(MAX_PARAMETERS)]
    foreign: Annotated[list[ForeignTensor], most(MAX_LISTED)]
    scores_have_graph: bool
    error: Raised | None = None
    """What the backward pass raised, though the forward pass went well."""


@dataclass(frozen=True)
class Criterion:
    """What `make_criterion()(scores, labels)` returned on raw scores (N, 10)."""

    callable: bool
    kind: Name
    shape: Shape
    value: float
    has_graph: bool
    gradient: Floats | None
    """d loss / d scores (N, 10), None where there is none."""

    def __post_init__(self) -> None:
        need(self.gradient is None or self.gradient.dtype.kind == "f", "a gradient is made of floating numbers")


@dataclass(frozen=True)
class OneClass:
    """The criterion on batches in which every sample is of class `label`."""

    label: Int
    alone: float
    """The loss of a certain and right answer to a single sample."""
    answers: Annotated[list[float], most(N_CLASSES)]
    """The losses of answers that are certain of class 0, of class 1, and so on, to several samples."""
    error: Raised | None = None
    """What it raised; then there are no losses."""

    def __post_init__(self) -> None:
        need(0 <= self.label < N_CLASSES, "a class is one of ten")
        need(self.error is not None or len(self.answers) == N_CLASSES, "every answer has its loss")


@dataclass(frozen=True)
class Fit:
    """The criterion on what an untrained `Net` returns in eval mode for N images, and on better and worse scores.

    `scores` (N, 10), of a kind out of `SCORE_KINDS`. `losses[k]` is the loss when every sample's right class is moved
    by `moves[k]` in the direction of a better answer (negative: worse), in the scores' own terms: probabilities stay
    probabilities, log-probabilities stay log-probabilities.
    """

    scores: Floats
    kind: Name
    large: Floats
    """The scores of the same network with weights as large as leave them finite."""
    missing: Name
    """The probe that tells why the network gives no ten scores; then these are the grader's own. Else empty."""
    moves: Annotated[list[float], most(MAX_LISTED)]
    losses: Annotated[list[float], most(MAX_LISTED)]
    perfect: float
    """The loss of an answer that is certain and right, in the scores' own terms."""
    worst: float
    """The loss of an answer that is certain and wrong."""
    growing: Annotated[list[float], most(MAX_LISTED)]
    """Losses of three answers certain and right, the scores of each twice as large as those of the one before."""
    shift: float | None
    """What 5 more in every class adds to the loss: to cross-entropy nothing. None where no score can be so large."""
    swapped: float
    """The loss of a perfect answer's rows handed to one another: each certain, and of another sample's class."""
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
    """What `make_optimizer(model)` returned, compared with the model's trainable parameters."""

    type_name: Name
    is_optimizer: bool
    missing: Annotated[list[Name], most(MAX_LISTED)]
    """Names of trainable parameters of the model it does not hold: the first of them."""
    foreign: Int
    """Tensors it holds that are not parameters of the model."""
    repeated: Annotated[list[Name], most(MAX_LISTED)]
    """Parameters held more than once: the first of them."""
    n_model: Int
    learning_rates: Annotated[list[float], most(MAX_LISTED)]
    n_missing: Int
    """How many parameters are missing in all."""


@dataclass(frozen=True)
class Descent:
    """Loss on one batch in eval mode, before and after each of a few steps of the optimizer on that batch."""

    losses: Annotated[list[float], most(MAX_LISTED)]
    learning_rate: float | None
    """Of the first group of parameters; None where the optimizer has none of this name, as with the two below."""
    momentum: float | None
    """The largest of any group."""
    weight_decay: float | None

    def __post_init__(self) -> None:
        need(len(self.losses) > 1, "there are losses before and after")


@dataclass(frozen=True)
class Predictions:
    """Scores (N, 10) in eval mode on N query images, in the order of the queries."""

    scores: Floats

    def __post_init__(self) -> None:
        need(self.scores.dtype.kind == "f", "scores are floating numbers")


@dataclass(frozen=True)
class Witness:
    """What was seen of the network in the graded training, without its knowing."""

    traced: Int = 0
    """Forward passes in train mode that were followed from the images to the scores."""
    dropping: Int = 0
    """Those of them in which a random mask zeroed values."""


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
    """The trained network with the values of each parameter in another order."""
    losses: Annotated[list[float], most(MAX_LOSSES)]
    returned_kind: Name
    epochs: Int
    seconds: float
    witness: Witness = Witness()
