"""The loader keeps what the assignment promises of it, and works where torch's own would."""

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
    """Ten images, each filled with its own grey level, labelled 0 to 9."""
    images = torch.arange(N, dtype=torch.uint8).mul(25).view(N, 1, 1).expand(N, 28, 28).contiguous()
    return DigitSet(images, torch.arange(N))


@dataclass
class Noted:
    """What is read, and how many passes begin."""

    reads: list[list[int]] = field(default_factory=list)
    passes: int = 0

    def note_handed(self, indices: Sequence[int] | Tensor) -> None:
        """Samples are read."""
        self.reads.append([int(index) for index in indices])

    def note_pass(self) -> None:
        """A pass begins."""
        self.passes += 1


@pytest.fixture
def noted() -> Iterator[Noted]:
    """Listens while a test runs."""
    listener = Noted()
    with listening(listener):
        yield listener


def labels_of(loader: BatchLoader) -> list[int]:
    """The labels of one pass, in order."""
    return torch.cat([labels for _, labels in loader]).tolist()


def fits(images: Tensor, labels: Tensor) -> bool:
    """Whether each image is the one its label stands for."""
    return torch.allclose(images.mean(dim=(1, 2, 3)), labels * 25 / 255)


def test_batches_are_what_the_contract_says() -> None:
    """float32 (n, 1, 28, 28) in [0, 1] with int64 (n,) labels, the last batch smaller, none missing."""
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
    """`len`, `.batch_size`, `.dataset` and its `len` are there."""
    loader = BatchLoader(tiny_set(), 4)
    assert (len(loader), loader.batch_size, len(loader.dataset)) == (3, 4, N)
    assert len(BatchLoader(tiny_set(), 5)) == 2
    assert len(BatchLoader(tiny_set(), 100)) == 1


def test_it_is_a_loader_of_torch() -> None:
    """What students know from `DataLoader` is there: `len(loader.sampler)`, settings, another loader made from it."""
    loader = BatchLoader(tiny_set(), 4)
    assert isinstance(loader, DataLoader)
    assert (len(loader.sampler), loader.num_workers, loader.drop_last) == (N, 0, False)
    again = DataLoader(loader.dataset, loader.batch_size, sampler=loader.sampler, collate_fn=loader.collate_fn)
    batches = list(again)
    assert [len(labels) for _, labels in batches] == [4, 4, 2]
    assert all(fits(images, labels) for images, labels in batches)


@pytest.mark.parametrize("names", [("images", "labels"), ("data", "targets")])
def test_all_of_the_data_set_at_once(names: tuple[str, str], noted: Noted) -> None:
    """By the names of the students' own data set and of torchvision's; that the images were read is noted."""
    images, labels = (getattr(tiny_set(), name) for name in names)
    assert (images.shape, images.dtype) == ((N, 28, 28), torch.uint8)
    assert labels.tolist() == list(range(N))
    assert noted.reads == [list(range(N))]


def test_every_epoch_is_shuffled_anew_and_the_seed_decides_how() -> None:
    """Orders differ from pass to pass, and the sequence of orders repeats with the seed alone."""
    loader, twin, other = (BatchLoader(tiny_set(), 4, seed=seed) for seed in (3, 3, 4))
    orders = [labels_of(loader) for _ in range(4)]
    assert len({tuple(order) for order in orders}) == 4
    assert list(range(N)) not in orders
    torch.manual_seed(99)  # what the submission seeds does not matter
    assert [labels_of(twin) for _ in range(4)] == orders
    assert [labels_of(other) for _ in range(4)] != orders


def test_a_pass_can_be_left_and_two_can_run_at_once() -> None:
    """Each iteration is its own: `next(iter(loader))` or a nested loop spoils no other."""
    loader = BatchLoader(tiny_set(), 4)
    next(iter(loader))
    for _, outer in zip(range(2), loader, strict=False):
        assert len(outer) == 2
        assert sorted(labels_of(loader)) == list(range(N))


def test_batches_are_the_taker_s_own() -> None:
    """Augmenting a batch in place leaves the data set as it was."""
    loader = BatchLoader(tiny_set(), 4)
    for images, labels in loader:
        images.fill_(1.0)
        labels.fill_(0)
    assert all(fits(images, labels) for images, labels in loader)


def test_single_samples() -> None:
    """`dataset[i]` gives (1, 28, 28) in [0, 1] and a plain int, from either end, and stops where the set stops."""
    dataset = tiny_set()
    image, label = dataset[3]
    assert (image.shape, image.dtype, type(label), label) == ((1, 28, 28), torch.float32, int, 3)
    assert dataset[-1][1] == N - 1
    assert [label for _, label in dataset] == list(range(N))  # iteration ends by IndexError
    for index in (N, -N - 1):
        with pytest.raises(IndexError, match=f"sample {index} of {N}"):
            dataset[index]


def test_torch_s_own_loader_takes_the_data_set() -> None:
    """A `DataLoader` over `train_loader.dataset` gives the same kind of batches."""
    images, labels = next(iter(DataLoader(tiny_set(), batch_size=4, shuffle=True)))
    assert (images.shape, labels.dtype) == ((4, 1, 28, 28), torch.int64)
    assert fits(images, labels)


def test_parts_of_the_data_set() -> None:
    """`random_split` and `Subset` cut it, for a validation set of one's own."""
    first, second = random_split(tiny_set(), [7, 3])
    seen = [
        label for part in (first, second) for _, labels in DataLoader(part, batch_size=2) for label in labels.tolist()
    ]
    assert sorted(seen) == list(range(N))
    assert next(iter(DataLoader(Subset(tiny_set(), [8, 2]), batch_size=2)))[1].tolist() == [8, 2]


def test_every_read_and_pass_is_counted(noted: Noted) -> None:
    """The listeners hear of each pass when it begins and of each sample that is read, however it is."""
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
    """They can be copied and sent to other processes, as torch's can; that they were sent is noted, as nothing read."""
    loader = BatchLoader(tiny_set(), 4, seed=2)
    for again in (copy.deepcopy(loader), pickle.loads(pickle.dumps(loader))):
        assert noted.reads == [[]] * len(noted.reads) != []
        noted.reads.clear()
        assert labels_of(again) == labels_of(copy.deepcopy(loader))
        noted.reads.clear()
        copy.copy(again.dataset)


def test_an_epoch_may_be_shorter_than_the_set() -> None:
    """A pass brings so many whole batches as are asked for, other samples each time, of a set as long as ever."""
    digits = tiny_set()
    short = BatchLoader(DigitSet(digits.images, digits.labels, epoch_samples=3), 2, seed=0)
    assert len(short.dataset) == N
    assert len(short) == 5
    passes = [labels_of(short) for _ in range(6)]
    assert {len(labels) for labels in passes} == {4}
    assert len({label for labels in passes for label in labels}) > 4


def test_a_set_that_was_read_shrinks_to_its_epochs() -> None:
    """Who takes the data out of the loader and reads them without it gets short epochs as well."""
    digits = tiny_set()
    short = DigitSet(digits.images, digits.labels, epoch_samples=3)
    assert [label for _, label in (short[i] for i in range(N))] == list(range(N))
    assert len(short) == 3
    assert len(tiny_set()) == N
