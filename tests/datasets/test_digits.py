"""Tests of the embedded digits. They are the same everywhere, and have MNIST's shape."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from grader.datasets import load
from grader.datasets.base import Dataset
from grader.datasets.digits import enlarge, read_samples
from grader.errors import DataError


@pytest.fixture(scope="module")
def digits() -> Dataset:
    """The embedded digits, loaded once."""
    return load("digits")


def test_the_file_read_directly_is_what_scikit_learn_gives() -> None:
    """The file read directly equals what scikit-learn returns. It is read without importing scikit-learn."""
    from sklearn.datasets import load_digits

    images, labels = read_samples()
    official = load_digits()
    assert np.array_equal(images, official.images)
    assert np.array_equal(labels, official.target)


def test_the_parts_hold_every_digit_in_the_same_share(digits: Dataset) -> None:
    """A fifth of each digit is for testing. In all there are 1,437 to train on and 360 to test on."""
    train, test = np.bincount(digits.train_labels, minlength=10), np.bincount(digits.test_labels, minlength=10)
    assert (train.sum(), test.sum()) == (1437, 360)
    assert np.all(np.abs(test - (train + test) / 5) <= 1)


def test_no_image_is_in_both_parts(digits: Dataset) -> None:
    """No image is in both parts."""
    train = {image.tobytes() for image in digits.train_images}
    assert not any(image.tobytes() in train for image in digits.test_images)


def test_images_lie_in_the_centre_and_use_the_whole_range(digits: Dataset) -> None:
    """Images are centred and use the whole grey range.

    A margin of four pixels stays background and full ink is 255, as in MNIST.
    """
    images = digits.train_images
    inside = images[:, 4:24, 4:24]
    assert images.sum(dtype=np.int64) == inside.sum(dtype=np.int64)
    assert inside.max() == 255


def test_other_digits_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other digits than the expected ones are refused. A new scikit-learn could otherwise quietly change a grade."""
    images, labels = read_samples()
    images[0, 3, 3] ^= 1
    monkeypatch.setattr("grader.datasets.digits.read_samples", lambda: (images, labels))
    with pytest.raises(DataError, match="other digits than expected"):
        load("digits")


def test_arrays_cannot_be_changed(digits: Dataset) -> None:
    """The arrays are read-only, so jobs cannot spoil each other's data."""
    for array in (digits.train_images, digits.train_labels, digits.test_images, digits.test_labels):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_enlarging_is_bilinear_interpolation() -> None:
    """Enlarging is bilinear interpolation.

    It agrees with floating-point interpolation along rows, then columns, up to rounding.
    """
    images, _ = read_samples()
    at = (np.arange(20) + 0.5) * 8 / 20 - 0.5
    for image in images[:20]:
        rows = np.stack([np.interp(at, np.arange(8), row) for row in image])
        both = np.stack([np.interp(at, np.arange(8), column) for column in rows.T], axis=1)
        assert np.abs(enlarge(image[None])[0, 4:24, 4:24] - both * 255 / 16).max() <= 0.5 + 1e-9


def test_torch_and_scikit_learn_stay_out() -> None:
    """Loading the digits imports neither torch nor scikit-learn.

    Torch has no place on the trusted side, and scikit-learn takes a second.
    """
    code = (
        "import sys; from grader.datasets import load; load('digits'); print({'torch', 'sklearn'} & set(sys.modules))"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_an_unknown_set_is_wrong_usage() -> None:
    """An unknown data set is refused. The line names the sets there are, and none is taken instead."""
    with pytest.raises(DataError, match="'cifar': choose one of mnist, digits"):
        load("cifar")


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        (np.zeros((2, 28, 28), np.uint8), np.zeros(3, np.uint8)),
        (np.zeros((2, 27, 28), np.uint8), np.zeros(2, np.uint8)),
        (np.zeros((2, 28, 28), np.float32), np.zeros(2, np.uint8)),
        (np.zeros((2, 28, 28), np.uint8), np.full(2, 10, np.uint8)),
        (np.zeros((0, 28, 28), np.uint8), np.zeros(0, np.uint8)),
    ],
)
def test_a_data_set_keeps_its_promise(images: np.ndarray, labels: np.ndarray) -> None:
    """A data set with wrong arrays is refused. Shapes that do not fit, other types and labels beyond nine are tried."""
    good = (np.zeros((1, 28, 28), np.uint8), np.zeros(1, np.uint8))
    with pytest.raises(DataError):
        Dataset("bad", images, labels, *good, source="")
    with pytest.raises(DataError):
        Dataset("bad", *good, images, labels, source="")
