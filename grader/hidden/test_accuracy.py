"""How well does the trained network read digits it has never seen?"""

import math

import numpy as np

from grader.judge.facts import Facts
from grader.judge.marks import after, fail
from grader.protocol.observations import Predictions, Training


def _accuracy(predictions: Predictions, facts: Facts) -> float:
    if predictions.scores.shape != (len(facts.answers), 10):
        fail("accuracy/scores-missing")
    return float((predictions.scores.argmax(axis=1) == facts.answers).mean())


def test_finishes(training: Training, predictions: Predictions, facts: Facts) -> None:
    """Training ends within the time limit, and the trained network gives finite scores."""
    if training.losses and not np.isfinite(training.losses).all():
        fail("accuracy/not-finite")
    _accuracy(predictions, facts)
    if not np.isfinite(predictions.scores).all():
        fail("accuracy/not-finite")


def _near_chance(losses: list[float]) -> str:
    """What to say of a network that guesses, by how its training went."""
    if len(losses) > 1 and losses[-1] > 2 * min(losses):
        return "accuracy/diverged"
    if len(losses) > 1 and 0 < losses[-1] < losses[0] / 2:
        return "accuracy/learned-something-else"
    return "accuracy/near-chance"


def _reach(bar: float, hint: str, predictions: Predictions, training: Training, facts: Facts) -> None:
    accuracy = _accuracy(predictions, facts)
    if accuracy < bar:
        right, total = round(accuracy * len(facts.answers)), len(facts.answers)
        hint = _near_chance(training.losses) if accuracy < 0.2 else hint
        # rounded down: 98.999 % must not read as the 99 % it is not
        fail(
            hint,
            accuracy=f"{math.floor(accuracy * 10_000 + 1e-6) / 100:.2f}",
            bar=f"{100 * bar:.0f}",
            right=right,
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
