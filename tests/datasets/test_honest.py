"""Secret names, secret order and noise: undone exactly, and useless to guess."""

from __future__ import annotations

import numpy as np
import pytest

from grader.datasets.honest import Relabelling, draw_relabelling, query_set

SEEDS = range(20)


def images_of(count: int) -> np.ndarray:
    """Images that tell their number, with pixels at both ends of the range."""
    images = np.zeros((count, 28, 28), np.uint8)
    images[:, 0, 0] = 100 + np.arange(count)
    images[:, 1] = 255
    return images


@pytest.mark.parametrize("seed", SEEDS)
def test_answers_come_back_in_the_order_of_the_test_set(seed: int) -> None:
    """Whatever is read off the shuffled images belongs, restored, to the image it was read off."""
    images = images_of(50)
    query = query_set(images, np.random.default_rng(seed), noise=0)
    assert not np.array_equal(query.images, images)
    assert np.array_equal(query.restore(query.images[:, 0, 0]), images[:, 0, 0])
    assert np.array_equal(query.restore(query.images), images)


@pytest.mark.parametrize("noise", [1, 3])
def test_noise_is_small_everywhere_and_never_leaves_the_range(noise: int) -> None:
    """Every move within the bound occurs, none beyond it, and neither black nor white wraps around."""
    images = images_of(100)
    query = query_set(images, np.random.default_rng(0), noise=noise)
    moves = query.restore(query.images).astype(int) - images
    assert query.images.dtype == np.uint8
    assert set(np.unique(moves)) == set(range(-noise, noise + 1))
    assert not any(np.array_equal(a, b) for a, b in zip(query.restore(query.images), images, strict=True))


def test_the_generator_decides_everything() -> None:
    """Equal seeds ask equal questions, others don't; the images given stay as they were."""
    images = images_of(30)
    before = images.copy()
    first, again, other = (query_set(images, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first.images, again.images)
    assert not np.array_equal(first.order, other.order)
    assert np.array_equal(images, before)


@pytest.mark.parametrize("answers", [np.zeros(9), np.zeros(11), np.zeros(())])
def test_too_few_or_too_many_answers_are_refused(answers: np.ndarray) -> None:
    """There is one answer per image, or none counts."""
    with pytest.raises(ValueError, match="to 10 images"):
        query_set(images_of(10), np.random.default_rng(0)).restore(answers)


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
