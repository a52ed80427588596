"""Students train on MNIST or on the small digits. MNIST's files may be packed or not; batches are made of both."""

from __future__ import annotations

import gzip
import os
import shutil
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch.utils.data import DataLoader

from solutions import data
from tests.testing.chapters import chapter, code_of
from tests.testing.small_mnist import write_small_mnist


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder with MNIST's files, of small digits."""
    return write_small_mnist(tmp_path_factory.mktemp("data"))


def test_digits_are_split_and_framed() -> None:
    """The 1,797 digits are split into two parts. No image is in both; each has a black frame of four pixels."""
    digits = data.load_digits()
    assert (len(digits.train), len(digits.test)) == (1438, 359)
    assert digits.train.images.dtype == torch.uint8
    assert not digits.train.images[:, :4].any()
    assert digits.train.images.amax() == 255
    assert sorted(set(digits.test.labels.tolist())) == list(range(10))


def test_a_sample_is_what_a_network_takes() -> None:
    """A sample is an image in [0, 1] and its label. The image is float32 (1, 28, 28), the label a number."""
    image, label = data.load_digits().train[0]
    assert (image.shape, image.dtype) == ((1, 28, 28), torch.float32)
    assert 0 <= image.min() <= image.max() <= 1
    assert isinstance(label, int)


def test_batches_hold_each_image_once() -> None:
    """Shuffled batches hold each image once. The last batch holds the rest."""
    train = data.load_digits().train
    batches = list(data.make_loader(train, 500, shuffle=True))
    assert [len(labels) for _, labels in batches] == [500, 500, 438]
    assert batches[0][0].shape == (500, 1, 28, 28)
    assert batches[0][1].dtype == torch.int64
    labels = torch.cat([labels for _, labels in batches])
    assert labels.bincount().tolist() == train.labels.bincount().tolist()
    assert labels.tolist() != train.labels.tolist()


def test_mnist_is_read_from_a_named_folder(root: Path) -> None:
    """MNIST is read from a named folder, unchanged."""
    digits, read = data.load_digits(), data.load_mnist(root)
    assert torch.equal(read.train.images, digits.train.images)
    assert torch.equal(read.test.labels, digits.test.labels)


def test_variable_names_the_folder(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`$GRADER_DATA_ROOT` names the folder instead of an argument."""
    monkeypatch.setenv(data.ROOT_VARIABLE, str(root))
    assert len(data.load("mnist").test) == 359


def test_an_empty_folder_is_named_and_nothing_downloaded(tmp_path: Path) -> None:
    """A folder without MNIST is named, and nothing downloaded.

    The message says which file was looked for, and what to do.
    """
    with pytest.raises(data.DataError, match=r"there is no MNIST in .*train-images-idx3-ubyte\.gz") as caught:
        data.load_mnist(tmp_path)
    assert str(tmp_path) in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_file_is_one_sentence(root: Path, tmp_path: Path) -> None:
    """A damaged file is told in one sentence. Its checksum shows it, and a way out is named."""
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name in data.FILES:
        (raw / f"{name}.gz").write_bytes(gzip.compress(b"not what it says"))
    with pytest.raises(data.DataError, match=r"--dataset digits") as caught:
        data.load_mnist(tmp_path)
    assert "\n" not in str(caught.value)


def test_unknown_set_is_named() -> None:
    """An unknown data set is refused with those there are."""
    with pytest.raises(data.DataError, match="mnist, digits"):
        data.load("letters")


class Torchvision:
    """A stand-in for torchvision's MNIST. It writes one file of four, and then the network is gone."""

    def __init__(self, root: str, *_: object, train: bool = True, download: bool = False) -> None:
        assert download, f"nothing to read in {root}, train={train}"
        raw = Path(root, "MNIST", "raw")
        raw.mkdir(parents=True, exist_ok=True)
        (raw / data.FILES[0]).write_bytes(b"half of it")
        raise RuntimeError("Error downloading train-labels-idx1-ubyte.gz")


def files_below(folder: Path) -> list[Path]:
    """Return everything below a folder but folders."""
    return [path for path in folder.rglob("*") if not path.is_dir()]


def test_a_download_that_fails_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failed download leaves no file. It is told in one sentence, and nothing is taken for MNIST the next time."""
    monkeypatch.delenv(data.ROOT_VARIABLE, raising=False)
    monkeypatch.setattr(data, "cache_root", lambda: tmp_path / "cache")
    monkeypatch.setattr("torchvision.datasets.MNIST", Torchvision)
    with pytest.raises(data.DataError, match="Error downloading"):
        data.load_mnist()
    assert files_below(tmp_path) == []


def test_a_download_ends_up_in_the_cache(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A download is kept in the cache. All four files are, and those of an earlier attempt are replaced."""
    monkeypatch.delenv(data.ROOT_VARIABLE, raising=False)
    monkeypatch.setattr(data, "cache_root", lambda: tmp_path)
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    (raw / data.FILES[0]).write_bytes(b"half of it")

    def downloaded(self: Any) -> None:
        shutil.copytree(root / "MNIST", Path(self.root, "MNIST"), dirs_exist_ok=True)

    monkeypatch.setattr("torchvision.datasets.MNIST.download", downloaded)
    assert len(data.load_mnist().test) == 359
    assert {path.name for path in files_below(tmp_path)} == set(data.FILES)


def run_data_cell(cache: Path, mnist: type | None = None) -> dict[str, object]:
    """Run a chapter's data cell and return its names.

    `cache` replaces the user's, and `mnist` torchvision's class.
    """
    from torchvision import datasets, transforms  # takes longer than torch, and no other test needs it

    (cell,) = (cell.source for cell in code_of(chapter("en")) if "GRADER_DATA_ROOT" in cell.source)
    names: dict[str, object] = {"os": os, "shutil": shutil, "tempfile": tempfile, "Path": Path}
    names |= {
        "datasets": SimpleNamespace(MNIST=mnist or datasets.MNIST),
        "transforms": transforms,
        "DataLoader": DataLoader,
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(cache))
        exec(cell, names)
    return names


def test_chapter_looks_for_files_and_not_for_a_folder(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A chapter looks for MNIST's files, not for a folder.

    After a failed download it uses `$GRADER_DATA_ROOT` as before.
    """
    monkeypatch.delenv("GRADER_DATA_ROOT", raising=False)
    with pytest.raises(RuntimeError, match="Error downloading"):
        run_data_cell(tmp_path, Torchvision)
    assert files_below(tmp_path) == []
    monkeypatch.setenv("GRADER_DATA_ROOT", str(root))
    names = run_data_cell(tmp_path)
    assert len(names["test_data"]) == 359
    assert {path.name for path in files_below(tmp_path)} == set(data.FILES)


def test_chapter_does_without_platformdirs(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A chapter does without platformdirs.

    A hosted notebook may lack it; the data are then kept below the home folder.
    """
    monkeypatch.setenv("GRADER_DATA_ROOT", str(root))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setitem(sys.modules, "platformdirs", None)
    names = run_data_cell(tmp_path / "unused")
    assert names["root"] == tmp_path / ".cache" / "perceptron-grader"
    assert len(names["train_data"]) == 1438
