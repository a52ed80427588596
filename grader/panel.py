"""Sixteen test images that show what a network learned. Its worst mistakes come first, then some that it reads right.

They are the published images under their published labels, whatever noise and names the job had: who looks at the panel
should see a digit, and can find it again in the data set.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.datasets.base import Dataset
from grader.judge.facts import Facts
from grader.model import Execution, PanelImage
from grader.protocol.codec import decode
from grader.protocol.observations import Predictions

Array = np.ndarray[Any, Any]

SIZE = 16
MOST_MISTAKES = 10
"""Maximum number of mistakes in the panel.

The rest is room for what is read right, so that a good network is not shown at its worst alone.
"""
_ROUNDING = 1e-3


def probabilities(scores: Array) -> Array:
    """Convert scores to probabilities, float64 (N, 10).

    Scores that are probabilities stay, of others the softmax is taken.

    Args:
        scores: (N, 10), as predicted: raw, logarithms or probabilities. What is no number counts as least.
    """
    scores = np.nan_to_num(scores.astype(np.float64), nan=-1e30, posinf=1e30, neginf=-1e30)
    if (scores >= 0).all() and (np.abs(scores.sum(axis=1) - 1) < _ROUNDING).all():
        return scores
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: Array = powers / powers.sum(axis=1, keepdims=True)
    return shares


def _chosen(wrong: Array, loss: Array, images: Array) -> list[int]:
    """Choose the positions of the queries to show.

    They are (N,): the mistakes of highest loss, then right ones, the same for all.

    Args:
        wrong: which were answered wrong.
        loss: what each cost.
        images: the number of the test image that each shows.
    """
    by_loss = np.lexsort((images, -loss))
    mistakes = [int(i) for i in by_loss if wrong[i]]
    order = np.random.default_rng(0).permutation(int(images.max()) + 1)
    right = [int(i) for i in np.argsort(order[images], kind="stable") if not wrong[i]]
    n_mistakes = min(len(mistakes), max(MOST_MISTAKES, SIZE - len(right)))
    return mistakes[:n_mistakes] + right[: SIZE - n_mistakes]


def fits(facts: Facts, dataset: Dataset) -> bool:
    """Whether each query's image in `dataset` is known."""
    if len(facts.images) != len(facts.answers) or int(facts.images.max(initial=0)) >= len(dataset.test_labels):
        return False
    return bool((dataset.test_labels[facts.images] == facts.public_answers).all())


def panel_of(execution: Execution, facts: Facts, dataset: Dataset) -> tuple[PanelImage, ...]:
    """Return the panel of a run.

    It is empty where nothing was predicted, or where it is not known what the queries showed.

    Args:
        execution: what was observed.
        facts: of its job.
        dataset: of the job; where it has other answers than the job had, it is another one, and nothing is shown.

    Raises:
        BrokenMessage: the predictions are not of the shape that is looked at now.
    """
    outcome = execution.outcomes.get("predictions")
    if outcome is None or outcome.kind != "ok" or not fits(facts, dataset):
        return ()
    scores = decode(outcome.payload, Predictions).scores
    if scores.shape != (len(facts.answers), 10):
        return ()
    graded = facts.graded
    scores, images, true = scores[graded], facts.images[graded], facts.public_answers[graded]
    predicted = np.argsort(facts.names)[scores.argmax(axis=1)]
    shares = probabilities(scores)[:, facts.names]  # by digit in place of by name
    rows = np.arange(len(true))
    loss = -np.log(np.maximum(shares[rows, true], 1e-300))
    return tuple(
        PanelImage(
            index=int(images[i]),
            pixels=dataset.test_images[images[i]].tobytes(),
            predicted=int(predicted[i]),
            true=int(true[i]),
            confidence=round(float(shares[i, predicted[i]]), 6),
        )
        for i in _chosen(predicted != true, loss, images)
    )
