"""Records the samples that are handed out. It tells whether their images arrive together with their labels."""

from __future__ import annotations

import mmap
import tempfile
from collections.abc import Sequence

import torch
from torch import Tensor


class SharedFlag:
    """One bit shared with a data loader's workers."""

    def __init__(self) -> None:
        with tempfile.TemporaryFile() as file:  # sandboxes refuse shared memory that is no file's
            file.truncate(1)
            self._memory = mmap.mmap(file.fileno(), 1)

    def set(self) -> None:
        """Set it, in all processes."""
        self._memory[0] = 1

    def __bool__(self) -> bool:
        return bool(self._memory[0])


class Samples:
    """Counts passes and the samples handed out.

    Args:
        known: images float32 (N, 1, 28, 28) of the tiny set, whose labels are 0 to N − 1.
    """

    def __init__(self, known: Tensor) -> None:
        self.passes = 0
        self.read = SharedFlag()
        """Whether any sample was handed out."""
        self.matched = self.mismatched = 0
        """Images recognised, and those with another's label. They came to the criterion as they were handed out."""
        self._numbers = {image.numpy().tobytes(): number for number, image in enumerate(known)}
        self._handed: list[int] = []

    def note_handed(self, indices: Sequence[int] | Tensor) -> None:
        """Note samples that are given out. The loader or the data set gives them, or is sent to where it may."""
        self.read.set()
        self._handed += [int(index) for index in indices]

    def note_pass(self) -> None:
        """Note that a pass over the loader begins."""
        self.passes += 1

    def take_handed(self) -> list[int]:
        """Return samples handed out since the last call."""
        handed, self._handed = self._handed, []
        return handed

    def compare(self, images: Tensor, labels: list[int]) -> None:
        """Count recognised images and mixed-up labels. An image is recognised that is as it was handed out."""
        for image, label in zip(images.cpu(), labels, strict=True):
            number = self._numbers.get(image.contiguous().numpy().tobytes()) if image.dtype == torch.float32 else None
            if number is not None:
                self.matched += 1
                self.mismatched += number != label
