"""The training set as the submission gets it: tensors kept in memory, cut into shuffled batches.

Behaves like a `torch.utils.data.DataLoader` over a `Dataset` as far as the assignment promises it (`len`,
`.batch_size`, `.dataset` with `len` and `[i]`, reshuffled every epoch, smaller last batch kept) without a Python call
per sample: a batch is one indexing operation on a byte tensor and one division.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor
from torch.utils.data import Dataset


class DigitSet(Dataset[tuple[Tensor, int]]):
    """Images and labels, as the data sets of torchvision give them after `ToTensor()`.

    Args:
        images: uint8 (N, 28, 28).
        labels: int64 (N,).
        on_read: called with the indices each time samples are read.
    """

    def __init__(
        self,
        images: Tensor,
        labels: Tensor,
        on_read: Callable[[Sequence[int] | Tensor], None] = lambda indices: None,
    ) -> None:
        self.data = images
        self.targets = labels
        self._on_read = on_read

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        """One image, float32 (1, 28, 28) in [0, 1], and its label."""
        if not -len(self) <= index < len(self):
            raise IndexError(f"sample {index} of {len(self)}")
        self._on_read([index % len(self)])
        return self.data[index].unsqueeze(0).float().div_(255), int(self.targets[index])

    def __getitems__(self, indices: Sequence[int]) -> list[tuple[Tensor, int]]:
        """What a `DataLoader` asks for: a whole batch of samples at once."""
        images, labels = self.batch(torch.as_tensor(indices))
        return list(zip(images, labels.tolist(), strict=True))

    def batch(self, indices: Tensor) -> tuple[Tensor, Tensor]:
        """Images float32 (n, 1, 28, 28) in [0, 1] and labels int64 (n,) at `indices`."""
        self._on_read(indices)
        return self.data[indices].unsqueeze(1).float().div_(255), self.targets[indices]


class BatchLoader:
    """Batches of a `DigitSet`, in a new random order each time it is iterated.

    Args:
        dataset: what to cut into batches.
        batch_size: samples per batch; the last one holds the rest.
        seed: of the orders; the same seed gives the same sequence of orders.
        on_pass: called when an iteration begins.
    """

    def __init__(
        self, dataset: DigitSet, batch_size: int, *, seed: int = 0, on_pass: Callable[[], None] = lambda: None
    ) -> None:
        self.dataset = dataset
        self.batch_size = batch_size
        self.drop_last = False
        self._generator = torch.Generator().manual_seed(seed)
        self._on_pass = on_pass

    def __len__(self) -> int:
        return math.ceil(len(self.dataset) / self.batch_size)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        self._on_pass()
        order = torch.randperm(len(self.dataset), generator=self._generator)
        for indices in order.split(self.batch_size):
            yield self.dataset.batch(indices)
