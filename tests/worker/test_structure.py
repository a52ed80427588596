"""Probes of structure see dependent samples and missing gradients."""

from __future__ import annotations

from textwrap import indent

import numpy as np
import pytest

from grader.hidden.test_structure import test_nonlinear as judge_nonlinear
from grader.judge.marks import Misconception
from grader.worker.probes.structure import gradients, linearity, samples
from tests.testing.bench import OBJECTIVE, Examine

NET = """
import torch
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 32)
        self.out = nn.Linear(32, 10)
        self.norm = nn.BatchNorm1d(32)
        self.register_buffer("last", torch.zeros(10))
    def forward(self, x):
        h = self.hidden(x.flatten(1)).relu()
"""


def net(body: str, made: str = "") -> str:
    """Make a network with `body` after a hidden layer `h`. `made` follows in `__init__`."""
    source = NET.replace("    def forward", indent(made, " " * 8) + "\n    def forward") if made else NET
    return source + indent(body, " " * 8)


def relative(one: np.ndarray, other: np.ndarray) -> float:
    """Return the largest difference, relative to the largest value."""
    return float(np.abs(one - other).max() / np.abs(one).max())


INDEPENDENT = {
    "plain": "return self.out(h)",
    "dropout left on": "return self.out(nn.functional.dropout(h, 0.5))",
    "batch norm in eval mode": "return self.out(self.norm(h))",
}
DEPENDENT = {
    "statistics of the batch": "return self.out((h - h.mean(0)) / (h.std(0) + 1e-5))",
    "softmax over the batch": "return self.out(h).softmax(0)",
    "the largest of the batch": "return self.out(h / h.max())",
}


@pytest.mark.parametrize("body", INDEPENDENT.values(), ids=INDEPENDENT)
def test_other_company_changes_nothing(body: str, examine: Examine) -> None:
    """Scores of shared samples don't depend on the other samples.

    Random masks don't matter, as each pass begins with the same random numbers.
    """
    seen = samples(examine(net=net(body)))
    assert relative(seen.first_batch[: seen.shared], seen.second_batch[: seen.shared]) < 1e-5
    assert relative(seen.first_batch, seen.first_batch_again) == 0


@pytest.mark.parametrize("body", DEPENDENT.values(), ids=DEPENDENT)
def test_dependence_on_other_samples_is_seen(body: str, examine: Examine) -> None:
    """Dependence on other samples is seen.

    The shared samples score differently beside others, and the same beside the first ones.
    """
    seen = samples(examine(net=net(body)))
    assert relative(seen.first_batch[: seen.shared], seen.second_batch[: seen.shared]) > 1e-3
    assert relative(seen.first_batch, seen.first_batch_again) == 0


def test_a_network_that_remembers_is_told_from_one_that_looks_around(examine: Examine) -> None:
    """A network that remembers is told from one that mixes samples.

    Its scores for the same batch differ the second time.
    """
    body = "scores = self.out(h) + self.last\nself.last = scores.mean(0).detach()\nreturn scores"
    seen = samples(examine(net=net(body)))
    assert relative(seen.first_batch, seen.first_batch_again) > 1e-3


def kinds(source: str, examine: Examine) -> dict[str, str]:
    """Return the kind of each gradient that is not finite."""
    seen = gradients(examine(net=source))
    assert seen.error is None
    return {use.name: use.gradient for use in seen.parameters if use.gradient != "finite"}


NORM_UNUSED = {"norm.weight": "none", "norm.bias": "none"}
ARRIVING = {
    "everywhere": ("return self.out(self.norm(h))", {}),
    "not in an unused layer": ("return self.out(h)", NORM_UNUSED),
    "not before a cut": (
        "return self.out(self.norm(h.detach()))",
        {"hidden.weight": "none", "hidden.bias": "none"},
    ),
    "zero before dead units": (
        "return self.out(self.norm(h) * 0)",
        {
            "hidden.weight": "zero",
            "hidden.bias": "zero",
            "norm.weight": "zero",
            "norm.bias": "zero",
            "out.weight": "zero",
        },
    ),
    "in eval mode where dropout leaves nothing": ("return self.out(self.norm(torch.dropout(h, 1, self.training)))", {}),
    "not in an unused layer, whatever dropout does": (
        "return self.out(torch.dropout(h, 1, self.training))",
        NORM_UNUSED,
    ),
    "in a branch that is skipped at random": ("return self.out(self.norm(h) if torch.rand(()) < 0.5 else h)", {}),
}


@pytest.mark.parametrize(("body", "missing"), ARRIVING.values(), ids=ARRIVING)
def test_gradients_arrive(body: str, missing: dict[str, str], examine: Examine) -> None:
    """Every parameter is told whether a gradient arrived."""
    assert kinds(net(body), examine) == missing


def test_gradients_arrive_behind_a_layer_that_begins_at_zero(examine: Examine) -> None:
    """Gradients arrive behind a layer that begins at zero.

    Nothing gets through it before the first step, and that is right.
    """
    zero = "nn.init.zeros_(self.out.weight)"
    assert kinds(net("return self.out(self.norm(h))", zero), examine) == {}


def test_a_gradient_that_is_not_finite_is_told(examine: Examine) -> None:
    """A gradient that is not finite is told. Here it is of the square root of zero."""
    found = kinds(net("return self.out(self.norm((h * 0).sqrt()))"), examine)
    assert found["hidden.weight"] == "not finite"


def test_what_autograd_complains_of_is_kept(examine: Examine) -> None:
    """An error of autograd is kept.

    A value was overwritten after the forward pass needed it. Where there is a line of the submission it is told;
    autograd itself names none.
    """
    seen = gradients(examine(net=net("s = h.sigmoid()\nscores = self.out(s)\ns.mul_(2)\nreturn scores")))
    assert seen.error is not None
    assert seen.error.exception == "RuntimeError"
    assert "modified by an inplace operation" in seen.error.message
    assert seen.scores_have_graph
    assert seen.parameters == []


def test_scores_without_a_graph_have_no_gradients(examine: Examine) -> None:
    """Detached scores have no gradients."""
    seen = gradients(examine(net=net("return self.out(h).detach()")))
    assert not seen.scores_have_graph


FOREIGN = {
    "a plain list of layers": ("self.more = [nn.Linear(32, 10)]", "return self.more[0](h)", [False, False]),
    "made anew in each pass": ("", "return nn.Linear(32, 10)(h)", [True, True]),
    "zeros to start from": ("", "start = torch.zeros(len(x), 10, requires_grad=True)\nreturn self.out(h) + start", []),
}


@pytest.mark.parametrize(("made", "body", "recreated"), FOREIGN.values(), ids=FOREIGN)
def test_tensors_that_are_not_registered_are_seen(
    made: str, body: str, recreated: list[bool], examine: Examine
) -> None:
    """Tensors that are not registered are seen.

    They are weight and bias of a layer that `parameters()` does not list; a start value is none.
    """
    seen = gradients(examine(net=net(body, made)))
    assert [tensor.recreated for tensor in seen.foreign] == recreated


BENDING = {
    "plain": "return self.out(h)",
    "pixels divided by 255 once more": "return self.out(self.hidden(x.flatten(1) / 255).relu())",
    "a batch size of all images": "return self.out(self.hidden(x.view(64, 784)).relu())",
    "images alone taken": "assert x.max() <= 1\nreturn self.out(h)",
}
STRAIGHT = {
    "linear": "return self.out(self.hidden(x.flatten(1)))",
    "linear, divided by 255": "return self.out(self.hidden(x.flatten(1) / 255))",
    "linear, in log-probabilities": "return self.out(self.hidden(x.flatten(1))).log_softmax(1)",
    "linear, in probabilities": "return self.out(self.hidden(x.flatten(1))).softmax(1)",
    "linear, for images alone": "assert x.max() <= 1\nreturn self.out(self.hidden(x.flatten(1)))",
}


def objective_for(size: int) -> str:
    """Return an objective with batches of `size`."""
    return OBJECTIVE.replace("BATCH_SIZE = 16", f"BATCH_SIZE = {size}")


@pytest.mark.parametrize("body", BENDING.values(), ids=BENDING)
def test_a_non_linearity_is_seen(body: str, examine: Examine) -> None:
    """A non-linearity is seen. It is seen at images of any scale and for batches of any size."""
    judge_nonlinear(linearity(examine(net=net(body), objective=objective_for(64))))


@pytest.mark.parametrize("body", STRAIGHT.values(), ids=STRAIGHT)
def test_its_absence_is_seen(body: str, examine: Examine) -> None:
    """A stack of linear layers is seen as one."""
    with pytest.raises(Misconception) as found:
        judge_nonlinear(linearity(examine(net=net(body), objective=objective_for(64))))
    assert found.value.hint == "structure/linear-stack"
