"""The losses of a training tell why a network guesses."""

from __future__ import annotations

import pytest

from grader.judge.shortfall import why_near_chance


@pytest.mark.parametrize(
    ("losses", "hint"),
    [
        ([334.0, 2.72, 2.74, 2.76], "accuracy/never-learned"),  # SGD with a rate of 10
        ([3.06, 2.31, 2.31], "accuracy/never-learned"),
        ([2.3, 2.3, 2.3], "accuracy/never-learned"),
        ([2.2, 0.9, 2.31], "accuracy/diverged"),
        ([0.8, 0.3, 0.1], "accuracy/learned-something-else"),
        ([2.2, 1.9, 1.8], "accuracy/near-chance"),
        ([0.09, 0.09, 0.09], "accuracy/near-chance"),  # squared errors
        ([2.3], "accuracy/near-chance"),
        ([], "accuracy/near-chance"),
    ],
)
def test_the_losses_tell_why_a_network_guesses(losses: list[float], hint: str) -> None:
    """Losses that fall no lower than guessing teach nothing."""
    assert why_near_chance(losses) == hint
