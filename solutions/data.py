"""The images: MNIST, or the small set `digits`.

MNIST comes through torchvision, `digits` from scikit-learn where it is asked for by name.
"""

import importlib.util
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import platformdirs
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

ROOT_VARIABLE = "GRADER_DATA_ROOT"
FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
EPOCHS_FACTOR = {"mnist": 1, "digits": 4}
"""Factor on the epochs, as in the grader. The 1,437 images of `digits` make few steps of the optimizer."""


class DataError(Exception):
    """The images cannot be had. The message says why and what to do."""


class Digits(Dataset[tuple[Tensor, int]]):
    """Images and labels, kept in memory.

    Args:
        images: uint8 (N, 28, 28).
        labels: int64 (N,).
    """

    def __init__(self, images: Tensor, labels: Tensor) -> None:
        self.images = images
        self.labels = labels

    def __len__(self) -> int:
        return len(self.labels)

    def batch(self, indices: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Return images and labels at `indices`. Images are float32 (n, 1, 28, 28) in [0, 1], labels int64 (n,)."""
        chosen = torch.as_tensor(indices)
        return self.images[chosen].unsqueeze(1).float() / 255, self.labels[chosen]

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        """Return one image and its label. The image is float32 (1, 28, 28) in [0, 1]."""
        return self.images[index].unsqueeze(0).float() / 255, int(self.labels[index])

    def __getitems__(self, indices: Sequence[int]) -> list[tuple[Tensor, int]]:
        """Return all samples of a batch at once. A `DataLoader` calls this where it is defined."""
        images, labels = self.batch(indices)
        return list(zip(images, labels.tolist(), strict=True))


@dataclass(frozen=True)
class Data:
    """A training set and a separate test set. They share no image."""

    train: Digits
    test: Digits


def cache_root() -> Path:
    """Return the folder where MNIST is kept. A download is there for this package and for the grader."""
    return platformdirs.user_cache_path("perceptron-grader", appauthor=False)


def _raw(root: Path) -> Path:
    return root / "MNIST" / "raw"


def _holds(root: Path, suffix: str = "") -> bool:
    return all((_raw(root) / (name + suffix)).is_file() for name in FILES)


def _read_with_torchvision(root: Path, place: Path, *, download: bool) -> Data:
    """Read both sets with torchvision.

    They lie in `place`, which stands for `root` in messages.

    `download` also unpacks files that lie there packed, after torchvision has compared their checksums.
    """
    try:
        from torchvision.datasets import MNIST  # takes seconds to import, and `digits` does without
    except ImportError as error:
        raise DataError("MNIST is read with torchvision: pip install torchvision") from error
    try:
        train, test = (MNIST(str(place), train=part, download=download) for part in (True, False))
    except (RuntimeError, OSError, EOFError, ValueError, AssertionError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[-1]
        raise DataError(
            f"MNIST cannot be read from {root} ({reason}): name a folder that holds MNIST/raw/ with --data-root or "
            f"${ROOT_VARIABLE}, or try --dataset digits"
        ) from error
    return Data(Digits(train.data, train.targets), Digits(test.data, test.targets))


def _read_packed(root: Path) -> Data:
    """Read the four .gz files. They are unpacked elsewhere and not kept: `root` may be read-only, or not ours."""
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        _raw(place).mkdir(parents=True)
        for name in FILES:
            shutil.copyfile(_raw(root) / f"{name}.gz", _raw(place) / f"{name}.gz")
        return _read_with_torchvision(root, place, download=True)


def _download(root: Path) -> None:
    """Download MNIST to `root`. All four files come to lie there, or none."""
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root) as scratch:  # beside its goal, so that a file moves there at once
        _read_with_torchvision(root, Path(scratch), download=True)
        _raw(root).mkdir(parents=True, exist_ok=True)
        for file in _raw(Path(scratch)).iterdir():
            file.replace(_raw(root) / file.name)


def load_mnist(root: Path | None = None) -> Data:
    """Load MNIST: 60,000 training and 10,000 test images.

    Args:
        root: what torchvision calls so: a folder with MNIST/raw/ in it, packed (.gz) or not. It is only read. Without
            it `$GRADER_DATA_ROOT` is looked at, and without that the user's cache, into which MNIST is downloaded once.

    Raises:
        DataError: it is not there, damaged, or cannot be downloaded.
    """
    variable = os.environ.get(ROOT_VARIABLE)
    named = root or (Path(variable) if variable else None)
    place = named or cache_root()
    if _holds(place):
        return _read_with_torchvision(place, place, download=False)
    if _holds(place, ".gz"):
        return _read_packed(place)
    if named:
        raise DataError(
            f"there is no MNIST in {named}, which should hold MNIST/raw/{FILES[0]}.gz and three more files: "
            "name another folder, or none to have it downloaded"
        )
    _download(place)
    return _read_with_torchvision(place, place, download=False)


def _digits_table() -> np.ndarray:
    """Read scikit-learn's digits. They are float64 (1797, 65): 64 pixels and the label in each row."""
    package = importlib.util.find_spec("sklearn")
    if package is None or not package.submodule_search_locations:
        raise DataError("the set `digits` comes with scikit-learn: pip install scikit-learn")
    file = Path(package.submodule_search_locations[0], "datasets", "data", "digits.csv.gz")
    if file.is_file():  # importing scikit-learn takes seconds, and `pytest student` would wait for it each time
        return np.loadtxt(file, delimiter=",")
    from sklearn.datasets import load_digits as load_small

    return np.column_stack(load_small(return_X_y=True))


def load_digits() -> Data:
    """Load the small digits: 1,438 training, 359 test images.

    They come with scikit-learn, 8×8 pixels, and are enlarged to 20×20 in the middle of 28×28.

    Enough to try everything out in seconds, too few to say how well a network would do on MNIST.

    Raises:
        DataError: scikit-learn is not installed.
    """
    table = torch.from_numpy(_digits_table())
    small, truth = table[:, :-1].reshape(-1, 1, 8, 8), table[:, -1]  # (N, 1, 8, 8), values 0 to 16
    large = torch.nn.functional.interpolate(small, size=(20, 20), mode="bilinear", align_corners=False)
    framed = torch.nn.functional.pad(large, (4, 4, 4, 4)).squeeze(1)  # (N, 28, 28)
    images, labels = (framed * 255 / 16).round().byte(), truth.long()
    test = torch.arange(len(labels)) % 5 == 4
    return Data(Digits(images[~test], labels[~test]), Digits(images[test], labels[test]))


def load(name: str, root: Path | None = None) -> Data:
    """Load the data set `name`.

    It is "mnist" (`root` as `load_mnist` takes it) or "digits".

    Raises:
        DataError: as above, or there is no such data set.
    """
    if name == "mnist":
        return load_mnist(root)
    if name == "digits":
        return load_digits()
    raise DataError(f"there is no data set {name!r}: choose one of {', '.join(EPOCHS_FACTOR)}")


def make_loader(
    dataset: Digits, batch_size: int, *, shuffle: bool, num_workers: int = 0
) -> DataLoader[tuple[Tensor, int]]:
    """Cut `dataset` into batches.

    Images are float32 (n, 1, 28, 28) in [0, 1], labels int64 (n,).

    Args:
        dataset: what to cut.
        batch_size: images per batch; the last batch holds the rest.
        shuffle: whether each pass takes another random order, as training wants it.
        num_workers: processes that load ahead. The images are in memory already, so 0 is the fastest here.
    """
    return DataLoader(dataset, batch_size=batch_size, shuffle=shuffle, num_workers=num_workers)
