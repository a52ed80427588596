"""The training set that the submission gets.

Its tensors are kept in memory and cut into shuffled batches.

It is a `torch.utils.data.DataLoader` over a `Dataset`, reshuffled every epoch, the smaller last batch kept. Its batches
cost no Python call per sample: each is one indexing operation on a byte tensor and one division.

Who wants to know what is read listens here (`listening`), and hangs nothing on the objects: `train` may copy, pickle
or print them, and send them to processes of its own, as it may torch's.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset


class Listener(Protocol):
    """Hears which samples are read in this process."""

    def note_handed(self, indices: Sequence[int] | Tensor) -> None:
        """Note that samples are read.

        There are none where the data set is copied or sent away, and may be read elsewhere.
        """

    def note_pass(self) -> None:
        """A pass over a loader begins."""


_listeners: list[Listener] = []
"""The last one is told."""


@contextlib.contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Tell `listener` of every sample that is read."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.pop()


def _tell_handed(indices: Sequence[int] | Tensor) -> None:
    if _listeners:
        _listeners[-1].note_handed(indices)


class DigitSet(Dataset[tuple[Tensor, int]]):
    """Images and labels, as torchvision's data sets give them.

    They are what `ToTensor()` makes.

    All at once they are called `images` and `labels`, as in the data set that students have, and `data` and `targets`,
    as in torchvision's.

    Args:
        images: uint8 (N, 28, 28).
        labels: int64 (N,).
        epoch_samples: how many of them an epoch of a loader brings, all where this is 0. Whoever reads the set without
            one finds all of it the first time, and so many afterwards.
    """

    def __init__(self, images: Tensor, labels: Tensor, *, epoch_samples: int = 0) -> None:
        self._images = images
        self._labels = labels
        self._epoch_samples = min(epoch_samples or len(labels), len(labels))
        self._read = 0

    def __getstate__(self) -> dict[str, Any]:
        """Return the state for a copy. Whoever asks may be about to send it to a process that reads it."""
        _tell_handed([])
        return self.__dict__

    def __len__(self) -> int:
        """How many samples there are."""
        return len(self._labels) if self._read < len(self._labels) else self._epoch_samples

    @property
    def epoch_samples(self) -> int:
        """How many samples a loader brings in an epoch."""
        return self._epoch_samples

    @property
    def images(self) -> Tensor:
        """All images, uint8 (N, 28, 28)."""
        _tell_handed(range(len(self)))
        return self._images

    @property
    def labels(self) -> Tensor:
        """All labels, int64 (N,)."""
        return self._labels

    data, targets = images, labels

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        """Return one image and its label. The image is float32 (1, 28, 28) in [0, 1]."""
        if not -len(self._labels) <= index < len(self._labels):
            raise IndexError(f"sample {index} of {len(self)}")
        self._read += 1
        _tell_handed([index % len(self._labels)])
        return self._images[index].unsqueeze(0).float().div_(255), int(self._labels[index])

    def __getitems__(self, indices: Sequence[int]) -> list[tuple[Tensor, int]]:
        """Return a whole batch of samples at once. A `DataLoader` asks for it."""
        self._read += len(indices)
        images, labels = self.batch(torch.as_tensor(indices))
        return list(zip(images, labels.tolist(), strict=True))

    def batch(self, indices: Tensor) -> tuple[Tensor, Tensor]:
        """Return images and labels at `indices`.

        The images are float32 (n, 1, 28, 28) in [0, 1], the labels int64 (n,).
        """
        _tell_handed(indices)
        return self._images[indices].unsqueeze(1).float().div_(255), self._labels[indices]


class BatchLoader(DataLoader[tuple[Tensor, int]]):
    """Shuffled batches of a `DigitSet`.

    They come in a new random order each time it is iterated.

    Args:
        dataset: what to cut into batches.
        batch_size: samples per batch; the last one holds the rest.
        seed: of the orders; the same seed gives the same sequence of orders.
    """

    dataset: DigitSet
    batch_size: int

    def __init__(self, dataset: DigitSet, batch_size: int, *, seed: int = 0) -> None:
        super().__init__(dataset, batch_size, shuffle=True, generator=torch.Generator().manual_seed(seed))

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:  # type: ignore[override]
        """Yield images and labels batch by batch.

        The images are float32 (n, 1, 28, 28) in [0, 1], the labels int64 (n,).
        """
        if _listeners:
            _listeners[-1].note_pass()
        order = torch.randperm(len(self.dataset.labels), generator=self.generator)
        batches = -(-self.dataset.epoch_samples // self.batch_size)
        for indices in order.split(self.batch_size)[:batches]:
            yield self.dataset.batch(indices)
