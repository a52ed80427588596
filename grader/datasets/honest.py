"""Measures that make it useless to carry answers.

Pure functions of a generator the caller seeds.

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


def noisy(images: Bytes, rng: np.random.Generator, *, noise: int = 1) -> Bytes:
    """Add noise to images (N, 28, 28). Each pixel moves by up to `noise` grey levels either way, kept within 0..255."""
    moves = rng.integers(-noise, noise, size=images.shape, dtype=np.int16, endpoint=True)
    moved: Bytes = np.clip(images + moves, 0, 255).astype(np.uint8)
    return moved


@dataclass(frozen=True)
class Motion:
    """Bounds on how far an image is moved. Either way: who reads it hardly notices, who looks it up does."""

    turn_degrees: float = 0.0
    stretch: float = 0.0
    """In width and in height, as a share."""
    shift_pixels: float = 0.0
    """Across and down."""

    @property
    def none(self) -> bool:
        """Whether images stay where they are."""
        return not (self.turn_degrees or self.stretch or self.shift_pixels)

    def apply(self, images: Bytes, rng: np.random.Generator) -> Bytes:
        """Move each of the images (N, 28, 28) randomly.

        Turned, stretched and shifted by amounts of its own; what enters is black.
        """
        from scipy import ndimage  # only those who train need it

        turns = np.deg2rad(rng.uniform(-1, 1, len(images)) * self.turn_degrees)
        scales = 1 + rng.uniform(-1, 1, (len(images), 2)) * self.stretch
        shifts = rng.uniform(-1, 1, (len(images), 2)) * self.shift_pixels
        centre = (np.array(images.shape[1:]) - 1) / 2
        moved = np.empty_like(images)
        for i, image in enumerate(images):
            cosine, sine = np.cos(turns[i]), np.sin(turns[i])
            matrix = np.array([[cosine, -sine], [sine, cosine]]) * scales[i]
            offset = centre - matrix @ centre + shifts[i]
            moved[i] = np.rint(ndimage.affine_transform(image.astype(np.float32), matrix, offset, order=1))
        return moved


def draw_shots(labels: Bytes, rng: np.random.Generator, shots: int) -> NDArray[np.int64]:
    """Draw indices (N,) of `shots` samples per class.

    Random ones in random order, again and again until there are N.
    """
    each = [rng.permutation(np.flatnonzero(labels == digit))[:shots] for digit in np.unique(labels)]
    order: NDArray[np.int64] = np.resize(rng.permutation(np.concatenate(each)), len(labels))
    return order


@dataclass(frozen=True)
class Relabelling:
    """Other names for the ten digits. Digit `d` is called `names[d]`."""

    names: tuple[int, ...]

    def __post_init__(self) -> None:
        """Refuse anything that cannot be undone."""
        if sorted(self.names) != list(range(N_CLASSES)):
            raise ValueError(f"{self.names} is no permutation of the ten digits")

    def apply(self, labels: Bytes) -> Bytes:
        """True labels as the submission gets to see them."""
        return np.array(self.names, dtype=np.uint8)[labels]

    def invert(self, predictions: NDArray[np.integer[Any]]) -> Bytes:
        """Translate predicted names back to digits.

        Integers of any shape.

        Raises:
            ValueError: a prediction is not one of the ten names.
        """
        if np.any((predictions < 0) | (predictions >= N_CLASSES)):
            raise ValueError("a prediction is not one of the ten classes")
        digits: Bytes = np.argsort(self.names).astype(np.uint8)
        return np.take(digits, predictions)


def draw_relabelling(rng: np.random.Generator) -> Relabelling:
    """Draw a relabelling that renames every digit."""
    digits = np.arange(N_CLASSES)
    while True:  # 37 % of all permutations qualify
        names = rng.permutation(N_CLASSES)
        if not np.any(names == digits):
            return Relabelling(tuple(names.tolist()))
