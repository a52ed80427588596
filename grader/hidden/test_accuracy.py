"""How well does the trained network read new digits? It has never seen them."""

import numpy as np

from grader.judge.facts import Facts
from grader.judge.marks import after, fail
from grader.judge.shortfall import NEAR_CHANCE, per_cent, why_near_chance
from grader.judge.tally import Tally, tally
from grader.protocol.observations import Predictions, Training


def _tally(predictions: Predictions, facts: Facts) -> Tally:
    if predictions.scores.shape != (len(facts.answers), 10):
        fail("accuracy/scores-missing")
    return tally(predictions.scores, facts)


def test_finishes(training: Training, predictions: Predictions, facts: Facts) -> None:
    """Training ends in time and gives finite scores. The scores are those of the trained network."""
    if training.losses and not np.isfinite(training.losses).all():
        fail("accuracy/not-finite")
    _tally(predictions, facts)
    if not np.isfinite(predictions.scores).all():
        fail("accuracy/not-finite")


def _reach(bar: float, hint: str, predictions: Predictions, training: Training, facts: Facts) -> None:
    found = _tally(predictions, facts)
    accuracy = found.counted
    if accuracy >= bar:
        return
    if found.looked_up:
        fail(
            "accuracy/moved-counts",
            accuracy=per_cent(accuracy),
            bar=round(100 * bar, 2),
            straight=per_cent(found.straight),
        )
    total = int(facts.graded.sum())
    fail(
        why_near_chance(training.losses) if accuracy < NEAR_CHANCE else hint,
        accuracy=per_cent(accuracy),
        bar=round(100 * bar, 2),
        right=round(accuracy * total),
        total=total,
    )


@after("accuracy/finishes")
def test_low_bar(predictions: Predictions, training: Training, facts: Facts) -> None:
    """The first bar is reached."""
    _reach(facts.bars[0], "accuracy/low-bar", predictions, training, facts)


@after("accuracy/low-bar")
def test_middle_bar(predictions: Predictions, training: Training, facts: Facts) -> None:
    """The second bar is reached."""
    _reach(facts.bars[1], "accuracy/middle-bar", predictions, training, facts)


@after("accuracy/middle-bar")
def test_target(predictions: Predictions, training: Training, facts: Facts) -> None:
    """The target of the assignment is reached."""
    _reach(facts.bars[2], "accuracy/target", predictions, training, facts)
