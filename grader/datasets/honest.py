"""Measures that make carrying answers in a submission useless, as pure functions of a generator the caller seeds.

MNIST's test labels are public, so keeping them secret is no defence. Instead the ten digits get other names for each
job, the test images come in a secret order, and none is byte for byte the published one. Honest training notices none
of this.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.datasets.base import N_CLASSES, Bytes


def draw_order(count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """A random order of `count` images: the image asked about at place `i` is number `order[i]` of the test set."""
    order: NDArray[np.int64] = rng.permutation(count)
    return order


def noisy(images: Bytes, rng: np.random.Generator, *, noise: int = 1) -> Bytes:
    """Images (N, 28, 28) with each pixel moved by up to `noise` grey levels either way, kept within 0..255."""
    moves = rng.integers(-noise, noise, size=images.shape, dtype=np.int16, endpoint=True)
    moved: Bytes = np.clip(images + moves, 0, 255).astype(np.uint8)
    return moved


def shifted(images: Bytes, rng: np.random.Generator) -> Bytes:
    """Images (N, 28, 28), each moved by one pixel up, down, left or right; what enters is black."""
    directions = rng.integers(4, size=len(images))
    moved = np.zeros_like(images)
    for direction, (to, source) in enumerate(((slice(1, None), slice(-1)), (slice(-1), slice(1, None)))):
        moved[directions == direction, to] = images[directions == direction, source]
        moved[directions == direction + 2, :, to] = images[directions == direction + 2, :, source]
    return moved


def draw_shots(labels: Bytes, rng: np.random.Generator, shots: int) -> NDArray[np.int64]:
    """Indices of `shots` random samples of each class, in random order."""
    each = [rng.permutation(np.flatnonzero(labels == digit))[:shots] for digit in np.unique(labels)]
    order: NDArray[np.int64] = rng.permutation(np.concatenate(each))
    return order


@dataclass(frozen=True)
class Relabelling:
    """Other names for the ten digits: digit `d` is called `names[d]`."""

    names: tuple[int, ...]

    def __post_init__(self) -> None:
        """Refuse anything that cannot be undone."""
        if sorted(self.names) != list(range(N_CLASSES)):
            raise ValueError(f"{self.names} is no permutation of the ten digits")

    def apply(self, labels: Bytes) -> Bytes:
        """True labels as the submission gets to see them."""
        return np.array(self.names, dtype=np.uint8)[labels]

    def invert(self, predictions: NDArray[np.integer[Any]]) -> Bytes:
        """Predicted names, integers of any shape, as the digits they stand for.

        Raises:
            ValueError: a prediction is not one of the ten names.
        """
        if np.any((predictions < 0) | (predictions >= N_CLASSES)):
            raise ValueError("a prediction is not one of the ten classes")
        digits: Bytes = np.argsort(self.names).astype(np.uint8)
        return np.take(digits, predictions)


def draw_relabelling(rng: np.random.Generator) -> Relabelling:
    """A relabelling under which every digit has another name than its own."""
    digits = np.arange(N_CLASSES)
    while True:  # 37 % of all permutations qualify
        names = rng.permutation(N_CLASSES)
        if not np.any(names == digits):
            return Relabelling(tuple(names.tolist()))
