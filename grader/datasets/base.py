"""The four arrays of a data set, and their origin."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.errors import DataError

Bytes = NDArray[np.uint8]

SIDE = 28
"""Height and width of an image, in pixels."""

N_CLASSES = 10


@dataclass(frozen=True, eq=False)
class Unanswered:
    """A data set without its test labels. All of it that may leave the trusted side. Arrays as in `Dataset`."""

    train_images: Bytes
    train_labels: Bytes
    test_images: Bytes


@dataclass(frozen=True, eq=False)
class Dataset:
    """Handwritten digits in two parts; the arrays are read-only.

    `train_images` and `test_images` are uint8 (N, 28, 28), 0 the background and 255 the ink; `train_labels` and
    `test_labels` are uint8 (N,) in 0..9. `source` says in a few words where they were found.

    Raises:
        DataError: shapes, types or labels are not as promised.
    """

    name: str
    train_images: Bytes
    train_labels: Bytes
    test_images: Bytes
    test_labels: Bytes
    source: str

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) over the arrays."""
        arrays = (self.train_images, self.train_labels, self.test_images, self.test_labels)
        total = hashlib.sha256()
        for array in arrays:
            total.update(f"{array.shape}".encode())
            total.update(np.ascontiguousarray(array).data)
        return total.hexdigest()

    @property
    def unanswered(self) -> Unanswered:
        """Return the data set without its test labels. Fit to be sent to where submissions run."""
        return Unanswered(self.train_images, self.train_labels, self.test_images)

    def __post_init__(self) -> None:
        """Hold every loader to the promise above."""
        _check_part(f"{self.name}, training part", self.train_images, self.train_labels)
        _check_part(f"{self.name}, test part", self.test_images, self.test_labels)


def _check_part(what: str, images: NDArray[Any], labels: NDArray[Any]) -> None:
    if images.dtype != np.uint8 or labels.dtype != np.uint8:
        raise DataError(f"{what}: expected bytes, got images of {images.dtype} and labels of {labels.dtype}")
    if images.shape != (len(labels), SIDE, SIDE) or labels.ndim != 1:
        raise DataError(f"{what}: images of shape {images.shape} do not go with labels of shape {labels.shape}")
    if not len(labels) or labels.max() >= N_CLASSES:
        raise DataError(f"{what}: labels must be digits from 0 to 9, and there must be some")
    for array in (images, labels):
        array.setflags(write=False)
