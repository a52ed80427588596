"""Tests of relabelling, motion and noise. They keep what they must, and cannot be guessed."""

from __future__ import annotations

import numpy as np
import pytest

from grader.datasets.honest import Motion, Relabelling, draw_relabelling, draw_shots, noisy

SEEDS = range(20)


def images_of(count: int) -> np.ndarray:
    """Images that hold their number. They have pixels at both ends of the grey range."""
    images = np.zeros((count, 28, 28), np.uint8)
    images[:, 0, 0] = 100 + np.arange(count)
    images[:, 1] = 255
    return images


@pytest.mark.parametrize("noise", [1, 3])
def test_noise_is_small_everywhere_and_never_leaves_the_range(noise: int) -> None:
    """Noise is small everywhere and never leaves the range.

    Every change within the bound occurs, none beyond it, and neither black nor white wraps around.
    """
    images = images_of(100)
    before = images.copy()
    changed = noisy(images, np.random.default_rng(0), noise=noise)
    moves = changed.astype(int) - images
    assert changed.dtype == np.uint8
    assert set(np.unique(moves)) == set(range(-noise, noise + 1))
    assert not any(np.array_equal(a, b) for a, b in zip(changed, images, strict=True))
    assert np.array_equal(images, before)
    assert np.array_equal(changed, noisy(images, np.random.default_rng(0), noise=noise))


def test_no_noise_leaves_images_as_they_are() -> None:
    """With a bound of zero, images stay as they are."""
    assert np.array_equal(noisy(images_of(5), np.random.default_rng(0), noise=0), images_of(5))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_relabelling_renames_every_digit_and_can_be_undone(seed: int) -> None:
    """A relabelling renames every digit and can be undone. No digit keeps its name, and no two share one."""
    relabelling = draw_relabelling(np.random.default_rng(seed))
    digits = np.arange(10, dtype=np.uint8)
    names = relabelling.apply(digits)
    assert sorted(names.tolist()) == digits.tolist()
    assert np.all(names != digits)
    assert np.array_equal(relabelling.invert(names.astype(np.int64)), digits)
    assert relabelling.apply(np.array([3, 3, 7], np.uint8)).tolist() == [names[3], names[3], names[7]]


def test_relabellings_differ_from_job_to_job() -> None:
    """Relabellings differ from job to job."""
    assert len({draw_relabelling(np.random.default_rng(seed)).names for seed in SEEDS}) > 15


@pytest.mark.parametrize("predictions", [[-1], [10], [3, 255]])
def test_predictions_outside_the_ten_classes_are_refused(predictions: list[int]) -> None:
    """Predictions outside the ten classes are refused. They could not be counted as any digit."""
    with pytest.raises(ValueError, match="ten classes"):
        draw_relabelling(np.random.default_rng(0)).invert(np.array(predictions))


@pytest.mark.parametrize("names", [(0,) * 10, tuple(range(9)), tuple(range(1, 11))])
def test_only_a_permutation_is_a_relabelling(names: tuple[int, ...]) -> None:
    """Only a permutation can be a relabelling. Anything else could not be undone."""
    with pytest.raises(ValueError, match="no permutation"):
        Relabelling(names)


def centre_of(image: np.ndarray) -> tuple[float, float]:
    """The centre of an image's mass: row and column."""
    rows, columns = np.indices(image.shape)
    return float((rows * image).sum() / image.sum()), float((columns * image).sum() / image.sum())


def bar(rows: slice, columns: slice) -> np.ndarray:
    """An image with one white bar."""
    image = np.zeros((1, 28, 28), np.uint8)
    image[:, rows, columns] = 255
    return image


def test_nothing_moves_where_nothing_is_asked_to() -> None:
    """Without any motion, images stay as they are."""
    images = images_of(20)
    assert Motion().none
    assert np.array_equal(Motion().apply(images, np.random.default_rng(0)), images)


def test_a_shift_keeps_to_its_bound() -> None:
    """A shift keeps to its bound.

    It goes both ways, across and down, by another amount for each image, and changes no input.
    """
    images = np.repeat(bar(slice(10, 18), slice(10, 18)), 200, axis=0)
    before = images.copy()
    moved = Motion(shift_pixels=2.0).apply(images, np.random.default_rng(0))
    centres = np.array([centre_of(image) for image in moved]) - 13.5
    assert np.array_equal(images, before)
    assert np.abs(centres).max() <= 2.01
    assert centres.min() < -1.5
    assert centres.max() > 1.5
    assert len(np.unique(moved, axis=0)) > 190


def test_a_turn_and_a_stretch_leave_the_middle_where_it_is() -> None:
    """A turn and a stretch leave the centre in place. The ends of a bar move by what the angle and the factor say."""
    images = np.repeat(bar(slice(13, 15), slice(4, 24)), 200, axis=0)
    turned = Motion(turn_degrees=10.0).apply(images, np.random.default_rng(0))
    assert max(abs(value - 13.5) for image in turned for value in centre_of(image)) < 0.1
    ends = np.array([centre_of(image[:, 20:24])[0] for image in turned]) - 13.5
    assert np.abs(ends).max() <= 8 * np.sin(np.deg2rad(10)) + 0.3
    assert np.abs(ends).max() > 1
    wide = Motion(stretch=0.2).apply(images, np.random.default_rng(0))
    lengths = (wide[:, 13:15].max(axis=1) > 127).sum(axis=1)
    assert 16 <= lengths.min() < 19
    assert 21 < lengths.max() <= 25


def test_few_shots_are_repeated_to_the_length_of_the_set() -> None:
    """Few shots repeat two images of each class.

    Each occurs equally often, in random order, until the set has its length.
    """
    labels = (np.arange(100) % 10).astype(np.uint8)
    order = draw_shots(labels, np.random.default_rng(0), 2)
    chosen, counts = np.unique(order, return_counts=True)
    assert len(order) == 100
    assert sorted(labels[chosen]) == sorted([*range(10)] * 2)
    assert set(counts) == {5}
    assert not np.array_equal(order, draw_shots(labels, np.random.default_rng(1), 2))
