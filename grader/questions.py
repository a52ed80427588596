"""Questions to a trained network: images, order, parts. None of the parts shows all images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEAST_PARTS = 2


@dataclass(frozen=True)
class Questions:
    """The questions of a job, (M,) in asking order.

    `index` (int64): numbers of test images, each once as it is and, where images are moved at all, once moved.
    `moved` (bool): which of them are. `parts`: the slice of each part; what is asked in one is asked in a process of
    its own, and no part holds an image as it is and moved.
    """

    index: NDArray[np.int64]
    moved: NDArray[np.bool_]
    parts: tuple[slice, ...]


def count_parts(n_images: int, at_once: int, *, twice: bool) -> int:
    """Return the number of parts for `n_images`. Each has at most about `at_once` questions.

    Args:
        n_images: in the test set.
        at_once: as `assignment.toml` says.
        twice: whether each is asked about moved as well.
    """
    return max(LEAST_PARTS, -(-n_images * (1 + twice) // at_once))


def draw_questions(n_images: int, rng: np.random.Generator, *, at_once: int, twice: bool) -> Questions:
    """Draw questions in random order. The arguments are those of `count_parts`."""
    count = count_parts(n_images, at_once, twice=twice)
    plain = np.array_split(rng.permutation(n_images), count)
    indices, moves, parts, begin = [], [], [], 0
    for number, straight in enumerate(plain):
        turned = plain[(number + count // 2) % count] if twice else straight[:0]
        order = rng.permutation(len(straight) + len(turned))
        indices.append(np.concatenate([straight, turned])[order])
        moves.append(order >= len(straight))
        parts.append(slice(begin, begin + len(order)))
        begin += len(order)
    return Questions(np.concatenate(indices), np.concatenate(moves), tuple(parts))
