"""What is said of hidden layers names as many as the assignment asks for."""

from __future__ import annotations

import pytest

from grader.hidden.test_structure import test_layers as judge_layers
from grader.judge.marks import Misconception
from grader.judge.rules import Rules
from grader.protocol.observations import Layers


@pytest.mark.parametrize(
    ("wanted", "hidden", "hint"),
    [
        (1, 0, "structure/no-hidden-layer"),
        (3, 0, "structure/too-few-layers"),  # one layer more would not do
        (3, 2, "structure/too-few-layers"),
    ],
)
def test_too_few_layers_are_told_by_what_is_asked_for(wanted: int, hidden: int, hint: str) -> None:
    """A single missing layer is named; where more are asked for, how many there are and have to be."""
    rules = Rules(max_parameters=1, min_hidden_layers=wanted, forbid_convolutions=False)
    with pytest.raises(Misconception) as failure:
        judge_layers(Layers(weight_tensors=hidden + 1, convolutions=0), rules)
    assert failure.value.hint == hint


def test_enough_layers_pass() -> None:
    """As many layers as are asked for are enough, and none where none is."""
    for wanted in (0, 3):
        rules = Rules(max_parameters=1, min_hidden_layers=wanted, forbid_convolutions=False)
        judge_layers(Layers(weight_tensors=wanted + 1, convolutions=0), rules)
