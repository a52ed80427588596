"""Anything that `train` returns is read as numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from grader.protocol.observations import MAX_LOSSES
from grader.worker.probes.returned import numbers_in


@pytest.mark.parametrize(
    ("returned", "numbers", "with_graph"),
    [
        ([1, 0.5], [1.0, 0.5], False),
        ((2.0,), [2.0], False),
        (np.array([0.25, 0.5]), [0.25, 0.5], False),
        (torch.tensor([1.0, 2.0]), [1.0, 2.0], False),
        ([torch.tensor(1.0), 2], [1.0, 2.0], False),
        ([torch.tensor(1.0, requires_grad=True)], [1.0], True),
        (["0.5", "0.25"], [], False),
        ([None], [], False),
        ([torch.ones(2)], [], False),
        (None, [], False),
        ({"loss": 1.0}, [], False),
    ],
)
@pytest.mark.filterwarnings("ignore:Converting a tensor")
def test_only_a_sequence_of_numbers_is_read(returned: Any, numbers: list[float], with_graph: bool) -> None:
    """Only lists, tuples and arrays of numbers are read. Text that looks like numbers is not."""
    assert numbers_in(returned) == (numbers, with_graph)


def test_a_giant_is_cut() -> None:
    """Very many returned numbers are cut to the bound."""
    assert len(numbers_in([0.0] * (MAX_LOSSES + 1))[0]) == MAX_LOSSES
