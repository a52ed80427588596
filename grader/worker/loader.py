"""The training set as the submission gets it: tensors kept in memory, cut into shuffled batches.

It is a `torch.utils.data.DataLoader` over a `Dataset`, reshuffled every epoch, the smaller last batch kept. Its batches
cost no Python call per sample: each is one indexing operation on a byte tensor and one division.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset


class DigitSet(Dataset[tuple[Tensor, int]]):
    """Images and labels, as the data sets of torchvision give them after `ToTensor()`.

    All at once they are called `images` and `labels`, as in the data set that students have, and `data` and `targets`,
    as in torchvision's.

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
        self._images = images
        self._labels = labels
        self._on_read = on_read

    def __len__(self) -> int:
        """How many samples there are."""
        return len(self._labels)

    @property
    def images(self) -> Tensor:
        """All images, uint8 (N, 28, 28)."""
        self._on_read(range(len(self)))
        return self._images

    @property
    def labels(self) -> Tensor:
        """All labels, int64 (N,)."""
        return self._labels

    data, targets = images, labels

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        """One image, float32 (1, 28, 28) in [0, 1], and its label."""
        if not -len(self) <= index < len(self):
            raise IndexError(f"sample {index} of {len(self)}")
        self._on_read([index % len(self)])
        return self._images[index].unsqueeze(0).float().div_(255), int(self._labels[index])

    def __getitems__(self, indices: Sequence[int]) -> list[tuple[Tensor, int]]:
        """What a `DataLoader` asks for: a whole batch of samples at once."""
        images, labels = self.batch(torch.as_tensor(indices))
        return list(zip(images, labels.tolist(), strict=True))

    def batch(self, indices: Tensor) -> tuple[Tensor, Tensor]:
        """Images float32 (n, 1, 28, 28) in [0, 1] and labels int64 (n,) at `indices`."""
        self._on_read(indices)
        return self._images[indices].unsqueeze(1).float().div_(255), self._labels[indices]


class BatchLoader(DataLoader[tuple[Tensor, int]]):
    """Batches of a `DigitSet`, in a new random order each time it is iterated.

    Args:
        dataset: what to cut into batches.
        batch_size: samples per batch; the last one holds the rest.
        seed: of the orders; the same seed gives the same sequence of orders.
        on_pass: called when an iteration begins.
    """

    dataset: DigitSet
    batch_size: int

    def __init__(
        self, dataset: DigitSet, batch_size: int, *, seed: int = 0, on_pass: Callable[[], None] = lambda: None
    ) -> None:
        super().__init__(dataset, batch_size, shuffle=True, generator=torch.Generator().manual_seed(seed))
        self._on_pass = on_pass

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:  # type: ignore[override]
        """Images float32 (n, 1, 28, 28) in [0, 1] and labels int64 (n,), batch by batch."""
        self._on_pass()
        order = torch.randperm(len(self.dataset), generator=self.generator)
        for indices in order.split(self.batch_size):
            yield self.dataset.batch(indices)
