"""The loader keeps the assignment's promises. It works where torch's own would."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Subset, random_split

from grader.worker.loader import BatchLoader, DigitSet, listening

N = 10


def tiny_set() -> DigitSet:
    """Make ten images with their own grey level, labelled 0 to 9."""
    images = torch.arange(N, dtype=torch.uint8).mul(25).view(N, 1, 1).expand(N, 28, 28).contiguous()
    return DigitSet(images, torch.arange(N))


@dataclass
class Noted:
    """A listener that notes reads and passes."""

    reads: list[list[int]] = field(default_factory=list)
    passes: int = 0

    def note_handed(self, indices: Sequence[int] | Tensor) -> None:
        """Note which samples are read."""
        self.reads.append([int(index) for index in indices])

    def note_pass(self) -> None:
        """Note that a pass begins."""
        self.passes += 1


@pytest.fixture
def noted() -> Iterator[Noted]:
    """Listen while a test runs."""
    listener = Noted()
    with listening(listener):
        yield listener


def labels_of(loader: BatchLoader) -> list[int]:
    """Return the labels of one pass, in order."""
    return torch.cat([labels for _, labels in loader]).tolist()


def fits(images: Tensor, labels: Tensor) -> bool:
    """Tell whether each image belongs to its label."""
    return torch.allclose(images.mean(dim=(1, 2, 3)), labels * 25 / 255)


def test_batches_are_what_the_contract_says() -> None:
    """Batches are as the contract says.

    Images are float32 (n, 1, 28, 28) in [0, 1], labels int64 (n,); the last batch is smaller, and none is missing.
    """
    loader = BatchLoader(tiny_set(), 4)
    batches = list(loader)
    assert [len(labels) for _, labels in batches] == [4, 4, 2]
    for images, labels in batches:
        assert (images.dtype, labels.dtype) == (torch.float32, torch.int64)
        assert images.shape == (len(labels), 1, 28, 28)
        assert images.min() >= 0
        assert images.max() <= 1
        assert fits(images, labels)
    assert sorted(labels_of(loader)) == list(range(N))


def test_it_says_what_it_is() -> None:
    """The loader has `len`, `.batch_size` and `.dataset`."""
    loader = BatchLoader(tiny_set(), 4)
    assert (len(loader), loader.batch_size, len(loader.dataset)) == (3, 4, N)
    assert len(BatchLoader(tiny_set(), 5)) == 2
    assert len(BatchLoader(tiny_set(), 100)) == 1


def test_it_is_a_loader_of_torch() -> None:
    """The loader is a `DataLoader` of torch. It has a sampler and settings, and another loader can be made from it."""
    loader = BatchLoader(tiny_set(), 4)
    assert isinstance(loader, DataLoader)
    assert (len(loader.sampler), loader.num_workers, loader.drop_last) == (N, 0, False)
    again = DataLoader(loader.dataset, loader.batch_size, sampler=loader.sampler, collate_fn=loader.collate_fn)
    batches = list(again)
    assert [len(labels) for _, labels in batches] == [4, 4, 2]
    assert all(fits(images, labels) for images, labels in batches)


@pytest.mark.parametrize("names", [("images", "labels"), ("data", "targets")])
def test_all_of_the_data_set_at_once(names: tuple[str, str], noted: Noted) -> None:
    """The data set gives all images at once, and this is noted. It does so by its own names and by torchvision's."""
    images, labels = (getattr(tiny_set(), name) for name in names)
    assert (images.shape, images.dtype) == ((N, 28, 28), torch.uint8)
    assert labels.tolist() == list(range(N))
    assert noted.reads == [list(range(N))]


def test_every_epoch_is_shuffled_anew_and_the_seed_decides_how() -> None:
    """Every epoch is shuffled anew, by the seed alone."""
    loader, twin, other = (BatchLoader(tiny_set(), 4, seed=seed) for seed in (3, 3, 4))
    orders = [labels_of(loader) for _ in range(4)]
    assert len({tuple(order) for order in orders}) == 4
    assert list(range(N)) not in orders
    torch.manual_seed(99)  # a seed set by the submission does not matter
    assert [labels_of(twin) for _ in range(4)] == orders
    assert [labels_of(other) for _ in range(4)] != orders


def test_a_pass_can_be_left_and_two_can_run_at_once() -> None:
    """Passes are independent of each other.

    One may be left early, as by `next(iter(loader))`, and two may run at once.
    """
    loader = BatchLoader(tiny_set(), 4)
    next(iter(loader))
    for _, outer in zip(range(2), loader, strict=False):
        assert len(outer) == 2
        assert sorted(labels_of(loader)) == list(range(N))


def test_batches_are_the_taker_s_own() -> None:
    """Changing a batch leaves the data set as it was."""
    loader = BatchLoader(tiny_set(), 4)
    for images, labels in loader:
        images.fill_(1.0)
        labels.fill_(0)
    assert all(fits(images, labels) for images, labels in loader)


def test_single_samples() -> None:
    """`dataset[i]` gives an image (1, 28, 28) and an int. It counts from either end, and stops where the set stops."""
    dataset = tiny_set()
    image, label = dataset[3]
    assert (image.shape, image.dtype, type(label), label) == ((1, 28, 28), torch.float32, int, 3)
    assert dataset[-1][1] == N - 1
    assert [label for _, label in dataset] == list(range(N))  # iteration ends by IndexError
    for index in (N, -N - 1):
        with pytest.raises(IndexError, match=f"sample {index} of {N}"):
            dataset[index]


def test_torch_s_own_loader_takes_the_data_set() -> None:
    """Torch's own `DataLoader` takes the data set. Its batches are of the same kind."""
    images, labels = next(iter(DataLoader(tiny_set(), batch_size=4, shuffle=True)))
    assert (images.shape, labels.dtype) == ((4, 1, 28, 28), torch.int64)
    assert fits(images, labels)


def test_parts_of_the_data_set() -> None:
    """`random_split` and `Subset` cut the data set."""
    first, second = random_split(tiny_set(), [7, 3])
    seen = [
        label for part in (first, second) for _, labels in DataLoader(part, batch_size=2) for label in labels.tolist()
    ]
    assert sorted(seen) == list(range(N))
    assert next(iter(DataLoader(Subset(tiny_set(), [8, 2]), batch_size=2)))[1].tolist() == [8, 2]


def test_every_read_and_pass_is_counted(noted: Noted) -> None:
    """Listeners hear of every pass and every sample read."""
    loader = BatchLoader(tiny_set(), 4)
    labels_of(loader)
    assert ([len(read) for read in noted.reads], noted.passes) == ([4, 4, 2], 1)
    assert sorted(index for read in noted.reads for index in read) == list(range(N))
    loader.dataset[0]
    list(DataLoader(loader.dataset, batch_size=5))
    assert sum(map(len, noted.reads)) == 2 * N + 1
    assert noted.reads[3] == [0]
    assert noted.passes == 1


def test_loader_and_data_set_are_plain_objects(noted: Noted) -> None:
    """Loader and data set can be copied and pickled. That is noted as sent, with nothing read."""
    loader = BatchLoader(tiny_set(), 4, seed=2)
    for again in (copy.deepcopy(loader), pickle.loads(pickle.dumps(loader))):
        assert noted.reads == [[]] * len(noted.reads) != []
        noted.reads.clear()
        assert labels_of(again) == labels_of(copy.deepcopy(loader))
        noted.reads.clear()
        copy.copy(again.dataset)


def test_an_epoch_may_be_shorter_than_the_set() -> None:
    """An epoch may be shorter than the data set. It has whole batches of other samples each time."""
    digits = tiny_set()
    short = BatchLoader(DigitSet(digits.images, digits.labels, epoch_samples=3), 2, seed=0)
    assert len(short.dataset) == N
    assert len(short) == 5
    passes = [labels_of(short) for _ in range(6)]
    assert {len(labels) for labels in passes} == {4}
    assert len({label for labels in passes for label in labels}) > 4


def test_a_set_that_was_read_shrinks_to_its_epochs() -> None:
    """A data set read without the loader gets short epochs, too."""
    digits = tiny_set()
    short = DigitSet(digits.images, digits.labels, epoch_samples=3)
    assert [label for _, label in (short[i] for i in range(N))] == list(range(N))
    assert len(short) == 3
    assert len(tiny_set()) == N
