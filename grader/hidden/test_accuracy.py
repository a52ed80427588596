"""How well does the trained network read new digits? It has never seen them."""

import math

import numpy as np

from grader.judge.facts import Facts
from grader.judge.marks import after, fail
from grader.judge.tally import Tally, tally
from grader.protocol.observations import Predictions, Training


def _tally(predictions: Predictions, facts: Facts) -> Tally:
    if predictions.scores.shape != (len(facts.answers), 10):
        fail("accuracy/scores-missing")
    return tally(predictions.scores, facts)


def _per_cent(share: float) -> str:
    """Write `share` in per cent, rounded down. 98.999 % must not read as the 99 % it is not."""
    return f"{math.floor(share * 10_000 + 1e-6) / 100:.2f}"


def test_finishes(training: Training, predictions: Predictions, facts: Facts) -> None:
    """Training ends in time and gives finite scores. The scores are those of the trained network."""
    if training.losses and not np.isfinite(training.losses).all():
        fail("accuracy/not-finite")
    _tally(predictions, facts)
    if not np.isfinite(predictions.scores).all():
        fail("accuracy/not-finite")


def _near_chance(losses: list[float]) -> str:
    """Choose the message for a network that guesses. It goes by how the training went."""
    if len(losses) > 1 and losses[-1] > 2 * min(losses):
        return "accuracy/diverged"
    if len(losses) > 1 and 0 < losses[-1] < losses[0] / 2:
        return "accuracy/learned-something-else"
    return "accuracy/near-chance"


def _reach(bar: float, hint: str, predictions: Predictions, training: Training, facts: Facts) -> None:
    found = _tally(predictions, facts)
    accuracy = found.counted
    if accuracy >= bar:
        return
    if found.looked_up:
        fail(
            "accuracy/moved-counts",
            accuracy=_per_cent(accuracy),
            bar=f"{100 * bar:.0f}",
            straight=_per_cent(found.straight),
        )
    total = int(facts.graded.sum())
    fail(
        _near_chance(training.losses) if accuracy < 0.2 else hint,
        accuracy=_per_cent(accuracy),
        bar=f"{100 * bar:.0f}",
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
