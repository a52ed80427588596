"""What students train on: MNIST's files however they lie there, the small digits, and batches of both."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
import torch

from solutions import data
from tests.testing.small_mnist import write_small_mnist


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with MNIST's files in it, of small digits."""
    return write_small_mnist(tmp_path_factory.mktemp("data"))


def test_digits_are_split_and_framed() -> None:
    """1,797 images in two parts of which none is in both, each with a black frame of four pixels."""
    digits = data.load_digits()
    assert (len(digits.train), len(digits.test)) == (1438, 359)
    assert digits.train.images.dtype == torch.uint8
    assert not digits.train.images[:, :4].any()
    assert digits.train.images.amax() == 255
    assert sorted(set(digits.test.labels.tolist())) == list(range(10))


def test_a_sample_is_what_a_network_takes() -> None:
    """One image float32 (1, 28, 28) in [0, 1], and its label as a number."""
    image, label = data.load_digits().train[0]
    assert (image.shape, image.dtype) == ((1, 28, 28), torch.float32)
    assert 0 <= image.min() <= image.max() <= 1
    assert isinstance(label, int)


def test_batches_hold_each_image_once() -> None:
    """A shuffled pass takes every image once, and the last batch holds the rest."""
    train = data.load_digits().train
    batches = list(data.make_loader(train, 500, shuffle=True))
    assert [len(labels) for _, labels in batches] == [500, 500, 438]
    assert batches[0][0].shape == (500, 1, 28, 28)
    assert batches[0][1].dtype == torch.int64
    labels = torch.cat([labels for _, labels in batches])
    assert labels.bincount().tolist() == train.labels.bincount().tolist()
    assert labels.tolist() != train.labels.tolist()


def test_mnist_is_read_from_a_named_folder(root: Path) -> None:
    """The four files come out as they were written."""
    digits, read = data.load_digits(), data.load_mnist(root)
    assert torch.equal(read.train.images, digits.train.images)
    assert torch.equal(read.test.labels, digits.test.labels)


def test_variable_names_the_folder(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`$GRADER_DATA_ROOT` stands in for an argument."""
    monkeypatch.setenv(data.ROOT_VARIABLE, str(root))
    assert len(data.load("mnist").test) == 359


def test_an_empty_folder_is_named_and_nothing_downloaded(tmp_path: Path) -> None:
    """The message says which file was looked for, where, and what to do."""
    with pytest.raises(data.DataError, match=r"there is no MNIST in .*train-images-idx3-ubyte\.gz") as caught:
        data.load_mnist(tmp_path)
    assert str(tmp_path) in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_file_is_one_sentence(root: Path, tmp_path: Path) -> None:
    """Packed files that are not MNIST's are refused by their checksum, with a way out."""
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name in data.FILES:
        (raw / f"{name}.gz").write_bytes(gzip.compress(b"not what it says"))
    with pytest.raises(data.DataError, match=r"--dataset digits") as caught:
        data.load_mnist(tmp_path)
    assert "\n" not in str(caught.value)


def test_unknown_set_is_named() -> None:
    """A data set nobody knows is an error that lists those there are."""
    with pytest.raises(data.DataError, match="mnist, digits"):
        data.load("letters")
