"""What a network's scores can be is found out, and what a criterion makes of better answers of this kind."""

from __future__ import annotations

import math

import pytest

from grader.worker.probes.objective import descent, fit
from tests.worker.conftest import Examine

NET = """
import torch
import torch.nn.functional as F
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 64)
        self.out = nn.Linear(64, 10)
        self.bare = nn.Parameter(torch.randn(10, 64))
        self.norm = nn.LayerNorm(10)
    def forward(self, x):
        h = F.relu(self.hidden(x.flatten(1)))
        s = self.out(h)
        return {}
"""
SQUARED_ERROR = """
import torch
from torch import nn
BATCH_SIZE, N_EPOCHS = 16, 2
def make_criterion():
    return lambda scores, labels: (scores - nn.functional.one_hot(labels, 10)).square().mean()
def make_optimizer(model):
    return torch.optim.SGD(model.parameters(), lr=0.05)
"""
KINDS = {
    "s": "raw",
    "-torch.cdist(h, self.bare)": "raw",
    "5 * F.normalize(h) @ F.normalize(self.bare).T": "raw",
    "self.norm(s)": "raw",
    "10 * torch.tanh(s)": "raw",
    "s.tanh()": "signed shares",
    "F.hardtanh(s)": "signed shares",
    "s.sigmoid()": "shares",
    "0.01 * s.sigmoid()": "non-negative",
    "F.softplus(s)": "non-negative",
    "s.relu()": "non-negative",
    "s.exp()": "non-negative",
    "s.softmax(1)": "probabilities",
    "s.log_softmax(1)": "log-probabilities",
}


@pytest.mark.parametrize(("scores", "kind"), KINDS.items(), ids=KINDS.keys())
def test_the_kind_of_scores_is_what_they_can_become(scores: str, kind: str, examine: Examine) -> None:
    """An untrained softplus or cosine lies in 0..1 or -1..1 as well; only what stays there is squashed."""
    assert fit(examine(net=NET.format(scores), objective=SQUARED_ERROR)).kind == kind


@pytest.mark.parametrize("scores", ["s", "s.tanh()", "s.sigmoid()", "F.softplus(s)", "s.relu()", "s.softmax(1)"])
def test_better_answers_have_a_lower_squared_error(scores: str, examine: Examine) -> None:
    """Whatever the kind, `losses` fall where the criterion is right, and the perfect answer is the best of all."""
    seen = fit(examine(net=NET.format(scores), objective=SQUARED_ERROR))
    assert seen.losses == sorted(seen.losses, reverse=True)
    assert seen.perfect < min(*seen.losses, seen.worst)


def test_a_loss_for_probabilities_gets_nothing_else(examine: Examine) -> None:
    """`BCELoss` raises outside 0..1."""
    bce = SQUARED_ERROR.replace(
        "(scores - nn.functional.one_hot(labels, 10)).square().mean()",
        "nn.BCELoss()(scores, nn.functional.one_hot(labels, 10).float())",
    )
    seen = fit(examine(net=NET.format("s.sigmoid()"), objective=bce))
    assert seen.perfect < seen.losses[-1] < seen.losses[0] < seen.worst
    assert all(math.isfinite(loss) for loss in (*seen.growing, *seen.losses))
    assert seen.shift is None


STEPS = {
    "no closure": "def step(self):",
    "a closure": "def step(self, closure=None):",
    "anything": "def step(self, *args, **kwargs):",
    "a number": "def step(self, times=1):",
}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS.keys())
def test_an_own_optimizer_is_stepped_as_it_wants(step: str, examine: Examine) -> None:
    """`step` gets a closure only where it has a place for one."""
    own = f"""
        class Own(torch.optim.Optimizer):
            def __init__(self, params):
                super().__init__(params, {{"lr": 0.05}})
            @torch.no_grad()
            {step}
                for p in self.param_groups[0]["params"]:
                    p -= 0.05 * p.grad
        def make_optimizer(model):
            return Own(model.parameters())
    """
    objective = SQUARED_ERROR + "\n".join(line[8:] for line in own.splitlines())
    losses = descent(examine(objective=objective)).losses
    assert losses == sorted(losses, reverse=True)
