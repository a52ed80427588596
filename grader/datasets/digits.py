"""The embedded set of small digits.

scikit-learn's 1,797 handwritten digits (8x8, 17 grey levels), brought to the form of MNIST.

Each is enlarged to 20x20 by bilinear interpolation and put in the centre of 28x28, as MNIST's digits are. All of it is
arithmetic on integers, so the result is the same on every machine and one checksum holds for it.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from grader.datasets.base import SIDE, Bytes, Dataset
from grader.errors import DataError

MD5 = "212974e4a5905478b2c399bba0532753"
"""MD5 of the four arrays, one after the other. Training images, training labels, test images and test labels."""

_BRIGHTEST = 16
_SMALL, _LARGE = 8, 20
_TEST_EVERY = 5


def _data_file() -> Path | None:
    """Find scikit-learn's data file without importing scikit-learn. The import takes a second."""
    package = importlib.util.find_spec("sklearn")
    if package is None or not package.submodule_search_locations:
        raise DataError("the data set digits comes with scikit-learn, which is not installed: pip install scikit-learn")
    path = Path(package.submodule_search_locations[0], "datasets", "data", "digits.csv.gz")
    return path if path.is_file() else None


def read_samples() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Read images (1797, 8, 8) and labels (1797,). Values in 0..16, in scikit-learn's order."""
    path = _data_file()
    if path is None:  # a later scikit-learn keeps it elsewhere; asking for it is slower and says the same
        from sklearn.datasets import load_digits

        images, labels = load_digits(return_X_y=True)
        table = np.column_stack([images, labels]).astype(np.int64)
    else:
        table = np.loadtxt(path, delimiter=",").astype(np.int64)
    return table[:, :-1].reshape(-1, _SMALL, _SMALL), table[:, -1]


def _interpolation() -> NDArray[np.int64]:
    """Weights (20, 8) of linear interpolation, in tenths.

    Large pixel i lies at small pixel (i + 1/2) * 8/20 - 1/2 = (4i - 3) / 10.
    """
    weights = np.zeros((_LARGE, _SMALL), dtype=np.int64)
    for i in range(_LARGE):
        position = min(max(4 * i - 3, 0), 10 * (_SMALL - 1))
        left, beyond = divmod(position, 10)
        weights[i, left] += 10 - beyond
        weights[i, min(left + 1, _SMALL - 1)] += beyond
    return weights


def enlarge(images: NDArray[np.int64]) -> Bytes:
    """Enlarge images (N, 8, 8) to (N, 28, 28). Values in 0..16 become values in 0..255."""
    weights = _interpolation()
    hundredths = weights @ images @ weights.T
    scale = 100 * _BRIGHTEST
    margin = (SIDE - _LARGE) // 2
    centred = np.zeros((len(images), SIDE, SIDE), dtype=np.uint8)
    centred[:, margin:-margin, margin:-margin] = (2 * 255 * hundredths + scale) // (2 * scale)
    return centred


def _test_part(labels: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Choose the fifth of the samples for testing.

    The same on every machine and in every run, with all ten digits alike.

    Samples are put in order of their digit, those of one digit in an arbitrary fixed order, and every fifth is taken.
    """
    arbitrary = [hashlib.sha256(f"digits:{index}".encode()).digest() for index in range(len(labels))]
    order = sorted(range(len(labels)), key=lambda index: (labels[index], arbitrary[index]))
    chosen = np.zeros(len(labels), dtype=np.bool_)
    chosen[order[::_TEST_EVERY]] = True
    return chosen


def load_digits(data_root: Path | None = None, notify: Callable[[str], None] = lambda line: None) -> Dataset:  # noqa: ARG001 - every data set is loaded alike
    """Load the embedded digits: 1,437 for training, 360 for testing.

    They need neither a folder nor a note.

    Raises:
        DataError: scikit-learn is missing or carries other data than it should.
    """
    samples, truth = read_samples()
    images, labels = enlarge(samples), truth.astype(np.uint8)
    test = _test_part(truth)
    arrays = (images[~test], labels[~test], images[test], labels[test])
    found = hashlib.md5(b"".join(array.tobytes() for array in arrays), usedforsecurity=False).hexdigest()
    if found != MD5:
        raise DataError(f"scikit-learn carries other digits than expected (MD5 {found}): reinstall scikit-learn")
    return Dataset("digits", *arrays, source="scikit-learn, enlarged to 28x28")
