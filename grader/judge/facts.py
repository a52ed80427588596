"""Facts that only the grader knows. The answer key, the bars, what the sources hold."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from grader.judge.rules import Rules
from grader.protocol.observations import Booleans, Integers
from grader.reading import Reading


@dataclass(frozen=True)
class Stretch:
    """Neighbouring lines of a file and their information.

    Both ends are included; the information is in bytes.

    Where `file` is empty, what holds them is the names of all files.
    """

    file: str
    first: int
    last: int
    bytes: int


@dataclass(frozen=True)
class Carried:
    """Information in bytes that the submission's files hold. It also tells where most of it stands, heaviest first."""

    bytes: int = 0
    stretches: list[Stretch] = field(default_factory=list)


@dataclass(frozen=True)
class Facts:
    """Everything a hidden test may compare an observation with.

    `answers` (N,) int64: the right label of each query, under the names that this job calls the digits by.
    `public_answers` (N,) int64: the same under their public names. `bars`: low, middle, target accuracy.
    `moved` (N,) bool: the queries that show an image moved a little, which counts for no grade.
    `first_part`: how many queries, the first, are asked of every network that is no candidate for a grade.
    """

    rules: Rules
    answers: Integers
    public_answers: Integers
    moved: Booleans
    first_part: int
    bars: list[float]
    names: list[int]
    """Names of the ten digits in this job. Digit `d` is called `names[d]`."""
    max_untrained_accuracy: float
    carried: Carried = field(default_factory=Carried)
    max_carried_bytes: int = 0
    notable_carried_bytes: int = 0
    """Bytes above which only the instructor is told."""
    max_few_shot_accuracy: float = 1.0
    max_scrambled_accuracy: float = 1.0
    max_moved_loss: float = 1.0
    images: Integers = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """Test image (N,) that each query shows. Empty in what was kept before this was."""
    reading: Reading = field(default_factory=Reading)
    """Static reading of the sources, which improves messages."""

    @property
    def graded(self) -> Booleans:
        """Mask (N,) of the queries that are graded. Each image of the test set, as it is."""
        graded: Booleans = ~self.moved
        return graded

    @property
    def relabelled(self) -> bool:
        """Whether any digit has another name."""
        return self.names != sorted(self.names)
