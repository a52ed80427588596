"""The training set in page-locked memory.

A graphics card fetches its batches from there by itself.

They are not on the card already. `train` gets what a `DataLoader` gives, tensors of the CPU, and right submissions
count on it: they make NumPy arrays or pictures of a batch, add random numbers of the CPU, pin it, or read the data set
in worker processes, all of which fail with tensors of a card. So it is `images.to(device)` that moves a batch, and
page-locked memory makes that one transfer without a copy in between. Where none is to be had batches are plain.
"""

from __future__ import annotations

import os

import torch
from torch import Tensor

from .loader import DigitSet, _tell_handed


class PinnedSet(DigitSet):
    """A `DigitSet` with page-locked batches of images.

    They are so in the process that has made it.

    In a process that was forked from it the card cannot be used, and batches are plain there.
    """

    def __init__(self, images: Tensor, labels: Tensor, *, epoch_samples: int = 0) -> None:
        super().__init__(images, labels, epoch_samples=epoch_samples)
        self._process = os.getpid()

    def batch(self, indices: Tensor) -> tuple[Tensor, Tensor]:
        """Return images and labels at `indices`.

        The images are float32 (n, 1, 28, 28) in [0, 1], the labels int64 (n,).
        """
        if os.getpid() != self._process:
            return super().batch(indices)
        _tell_handed(indices)
        images = torch.empty((len(indices), 1, *self._images.shape[1:]), dtype=torch.float32, pin_memory=True)
        return images.copy_(self._images[indices].unsqueeze(1)).div_(255), self._labels[indices]


def _can_pin() -> bool:
    """Whether page-locked memory can be had. A driver or a sandbox may refuse it."""
    try:
        torch.empty(1, pin_memory=True)
    except (RuntimeError, AssertionError):
        return False
    return True


def digits_for(device: torch.device, images: Tensor, labels: Tensor, *, epoch_samples: int = 0) -> DigitSet:
    """The training set of a training on `device`.

    Args:
        device: of the training.
        images: uint8 (N, 28, 28), on the CPU.
        labels: int64 (N,), on the CPU.
        epoch_samples: as for `DigitSet`.
    """
    kind = PinnedSet if device.type == "cuda" and _can_pin() else DigitSet
    return kind(images, labels, epoch_samples=epoch_samples)
