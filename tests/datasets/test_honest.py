"""Secret names, secret order and noise: undone exactly, and useless to guess."""

from __future__ import annotations

import numpy as np
import pytest

from grader.datasets.honest import Relabelling, draw_order, draw_relabelling, noisy

SEEDS = range(20)


def images_of(count: int) -> np.ndarray:
    """Images that tell their number, with pixels at both ends of the range."""
    images = np.zeros((count, 28, 28), np.uint8)
    images[:, 0, 0] = 100 + np.arange(count)
    images[:, 1] = 255
    return images


@pytest.mark.parametrize("seed", SEEDS)
def test_every_image_is_asked_about_once(seed: int) -> None:
    """In an order of the seed's own, which another seed does not give."""
    order = draw_order(50, np.random.default_rng(seed))
    assert sorted(order) == list(range(50))
    assert np.array_equal(order, draw_order(50, np.random.default_rng(seed)))
    assert not np.array_equal(order, draw_order(50, np.random.default_rng(seed + 1)))
    assert not np.array_equal(order, np.arange(50))


@pytest.mark.parametrize("noise", [1, 3])
def test_noise_is_small_everywhere_and_never_leaves_the_range(noise: int) -> None:
    """Every move within the bound occurs, none beyond it, and neither black nor white wraps around."""
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
    """With a bound of zero nothing moves."""
    assert np.array_equal(noisy(images_of(5), np.random.default_rng(0), noise=0), images_of(5))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_relabelling_renames_every_digit_and_can_be_undone(seed: int) -> None:
    """No digit keeps its name, no two share one, and inverting gives the digits back."""
    relabelling = draw_relabelling(np.random.default_rng(seed))
    digits = np.arange(10, dtype=np.uint8)
    names = relabelling.apply(digits)
    assert sorted(names.tolist()) == digits.tolist()
    assert np.all(names != digits)
    assert np.array_equal(relabelling.invert(names.astype(np.int64)), digits)
    assert relabelling.apply(np.array([3, 3, 7], np.uint8)).tolist() == [names[3], names[3], names[7]]


def test_relabellings_differ_from_job_to_job() -> None:
    """Twenty draws are not a constant in disguise."""
    assert len({draw_relabelling(np.random.default_rng(seed)).names for seed in SEEDS}) > 15


@pytest.mark.parametrize("predictions", [[-1], [10], [3, 255]])
def test_predictions_outside_the_ten_classes_are_refused(predictions: list[int]) -> None:
    """A class that was never named can't be counted as any digit."""
    with pytest.raises(ValueError, match="ten classes"):
        draw_relabelling(np.random.default_rng(0)).invert(np.array(predictions))


@pytest.mark.parametrize("names", [(0,) * 10, tuple(range(9)), tuple(range(1, 11))])
def test_only_a_permutation_is_a_relabelling(names: tuple[int, ...]) -> None:
    """What can't be undone can't be made."""
    with pytest.raises(ValueError, match="no permutation"):
        Relabelling(names)
