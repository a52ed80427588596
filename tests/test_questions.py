"""Questions about images are drawn, in parts."""

from __future__ import annotations

import numpy as np
import pytest

from grader.questions import LEAST_PARTS, count_parts, draw_questions


@pytest.mark.parametrize("n_images", [3, 50, 361])
@pytest.mark.parametrize("at_once", [20, 100, 10_000])
@pytest.mark.parametrize("seed", range(5))
def test_each_image_is_asked_about_once_as_it_is_and_once_moved(n_images: int, at_once: int, seed: int) -> None:
    """Each image is asked about once as it is, once moved.

    Never are both in one part; the parts follow each other and leave nothing out.
    """
    questions = draw_questions(n_images, np.random.default_rng(seed), at_once=at_once, twice=True)
    assert sorted(questions.index[questions.moved]) == list(range(n_images))
    assert sorted(questions.index[~questions.moved]) == list(range(n_images))
    assert len(questions.parts) == count_parts(n_images, at_once, twice=True) >= LEAST_PARTS
    assert [part.start for part in questions.parts] == [0, *(part.stop for part in questions.parts[:-1])]
    assert questions.parts[-1].stop == len(questions.index) == 2 * n_images
    for part in questions.parts:
        asked = questions.index[part]
        assert len(np.unique(asked)) == len(asked) <= at_once + 2


@pytest.mark.parametrize("seed", range(5))
def test_questions_come_in_an_order_of_the_seeds_own(seed: int) -> None:
    """The seed decides the order of questions. Moved images stand among the others."""
    one, again, other = (
        draw_questions(100, np.random.default_rng(s), at_once=100, twice=True) for s in (seed, seed, seed + 1)
    )
    assert np.array_equal(one.index, again.index)
    assert not np.array_equal(one.index, other.index)
    first = one.moved[one.parts[0]]
    assert first.sum() == len(first) // 2
    assert first[: len(first) // 2].any()
    assert first[len(first) // 2 :].any()


def test_nothing_is_asked_twice_where_nothing_moves() -> None:
    """Without moved images each is asked about once. There are still parts."""
    questions = draw_questions(50, np.random.default_rng(0), at_once=1000, twice=False)
    assert sorted(questions.index) == list(range(50))
    assert not questions.moved.any()
    assert len(questions.parts) == LEAST_PARTS
