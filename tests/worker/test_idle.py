"""Layers whose results are thrown away are told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from torch import nn

from grader.hidden import test_dropout as of_dropout
from grader.hidden import test_structure as of_structure
from grader.judge.marks import Misconception
from grader.protocol.observations import Witness
from grader.worker.bench import Bench
from grader.worker.idle import idle
from grader.worker.probes import dropout, structure
from tests.testing.bench import Examine

NET = """\
import torch.nn.functional as F
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2, self.fc3 = nn.Linear(784, 24), nn.Linear(24, 24), nn.Linear(24, 10)
        self.relu, self.dropout = nn.ReLU(), nn.Dropout(0.2)
    def forward(self, x):
        x = self.fc1(x.flatten(1))
        x = self.relu(x)
        x = self.fc2(x)
        x = self.dropout(x)
        return self.fc3(x)
"""


def nonlinear(bench: Bench) -> None:
    """Judge the non-linearity."""
    of_structure.test_nonlinear(structure.linearity(bench))


def receives_gradients(bench: Bench) -> None:
    """Judge the gradients."""
    of_structure.test_gradients(structure.gradients(bench))


def random_in_train(bench: Bench) -> None:
    """Judge whether there is dropout."""
    of_dropout.test_random_in_train(dropout.modes(bench), dropout.masks(bench), Witness())


JUDGES = (nonlinear, receives_gradients, random_in_train)


@pytest.mark.parametrize(
    ("line", "instead", "judge"),
    [
        ("x = self.relu(x)", "self.relu(x)", nonlinear),
        ("x = self.relu(x)", "self.relu", nonlinear),
        ("x = self.relu(x)", "F.relu(x)", nonlinear),
        ("x = self.relu(x)", "x.tanh()", nonlinear),
        ("x = self.fc2(x)", "self.fc2(x)", receives_gradients),
        ("x = self.fc2(x)", "self.fc2", receives_gradients),
        ("x = self.dropout(x)", "self.dropout(x)", random_in_train),
        ("x = self.dropout(x)", "self.dropout", random_in_train),
        ("x = self.dropout(x)", "F.dropout(x, 0.2, self.training)", random_in_train),
    ],
)
def test_a_layer_without_effect_is_told(
    line: str, instead: str, judge: Callable[[Bench], None], examine: Examine
) -> None:
    """The failing test names the line, and no other fails."""
    bench = examine(net=NET.replace(line, instead))
    with pytest.raises(Misconception) as told:
        judge(bench)
    hint = "structure/result-unused" if "(" in instead else "structure/layer-only-named"
    number = NET[: NET.index(line)].count("\n") + 1
    assert (told.value.hint, told.value.data) == (hint, {"where": f"net.py:{number}", "code": instead})
    for other in JUDGES:
        if other is not judge:
            other(bench)


@pytest.mark.parametrize(
    ("line", "hint", "judge"),
    [
        ("x = self.relu(x)", "structure/linear-stack", nonlinear),
        ("x = self.fc2(x)", "structure/unused-parameter", receives_gradients),
        ("x = self.dropout(x)", "dropout/missing", random_in_train),
    ],
)
def test_another_line_without_effect_is_no_cause(
    line: str, hint: str, judge: Callable[[Bench], None], examine: Examine
) -> None:
    """Lines that are about something else explain nothing."""
    bench = examine(net=NET.replace(line, "self.fc3(x); print(x.shape); self.fc1"))
    with pytest.raises(Misconception) as told:
        judge(bench)
    assert told.value.hint == hint


def test_layers_that_work_are_left_alone(examine: Examine) -> None:
    """A line without effect fails no test."""
    bench = examine(net=NET.replace("return", "self.relu(x); self.dropout; self.fc2(x)\n        return"))
    for judge in JUDGES:
        judge(bench)


def test_a_network_of_torch_alone_has_no_lines(tmp_path: Path) -> None:
    """Only the submission's own lines count."""
    assert idle(nn.Sequential(nn.Flatten(), nn.Linear(784, 10)), tmp_path) == []
