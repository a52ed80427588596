"""Probes find the range of scores and what lowers the loss. They show a criterion better answers of the same kind."""

from __future__ import annotations

import math

import pytest

from grader.hidden.test_objective import test_falls as judge_falls
from grader.hidden.test_objective import test_fits_scores as judge_fits
from grader.hidden.test_objective import test_step_lowers_loss as judge_steps
from grader.judge.marks import Misconception
from grader.worker.probes.objective import criterion, descent, fit
from tests.testing.bench import Examine

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
    """The kind of scores is the range that they stay in.

    An untrained softplus or cosine may lie in 0..1 or -1..1 by chance.
    """
    assert fit(examine(net=NET.format(scores), objective=SQUARED_ERROR)).kind == kind


@pytest.mark.parametrize("scores", ["s", "s.tanh()", "s.sigmoid()", "F.softplus(s)", "s.relu()", "s.softmax(1)"])
def test_better_answers_have_a_lower_squared_error(scores: str, examine: Examine) -> None:
    """Better answers have a lower squared error. The perfect answer has the lowest."""
    seen = fit(examine(net=NET.format(scores), objective=SQUARED_ERROR))
    assert seen.losses == sorted(seen.losses, reverse=True)
    assert seen.perfect < min(*seen.losses, seen.worst)


def test_a_loss_for_probabilities_gets_nothing_else(examine: Examine) -> None:
    """A loss for probabilities gets nothing else. `BCELoss` raises outside 0..1."""
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
    """An optimizer's `step` gets a closure only if it takes one."""
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


CRITERIA = {
    "cross-entropy": "nn.CrossEntropyLoss()",
    "label smoothing": "nn.CrossEntropyLoss(label_smoothing=0.2)",
    "uneven weights": "nn.CrossEntropyLoss(weight=torch.arange(1.0, 11.0))",
    "sum": "nn.CrossEntropyLoss(reduction='sum')",
    "hinge": "nn.MultiMarginLoss()",
    "ten questions": "lambda s, y: F.binary_cross_entropy_with_logits(s, F.one_hot(y, 10).float())",
    "divergence": "lambda s, y: F.kl_div(s.log_softmax(1), F.one_hot(y, 10).float(), reduction='batchmean')",
    "focal": "lambda s, y: ((1 - s.softmax(1)[range(len(y)), y]) ** 2 * -s.log_softmax(1)[range(len(y)), y]).mean()",
    "absolute": "lambda s, y: (s.softmax(1) - F.one_hot(y, 10)).abs().mean()",
    "cosine": "lambda s, y: 1 - F.cosine_similarity(s, F.one_hot(y, 10).float()).mean()",
    "hardest half": "lambda s, y: F.cross_entropy(s, y, reduction='none').topk((len(y) + 1) // 2).values.mean()",
    "expected digit": "lambda s, y: (s.softmax(1) @ torch.arange(10.0) - y).square().mean()",
    "a penalty on scores": "lambda s, y: F.cross_entropy(s, y) + 1e-3 * s.square().mean()",
}


def with_criterion(criterion: str) -> str:
    """Return an `objective.py` with this criterion."""
    return f"""
import torch
import torch.nn.functional as F
from torch import nn
BATCH_SIZE, N_EPOCHS = 16, 2
def make_criterion():
    return {criterion}
def make_optimizer(model):
    return torch.optim.SGD(model.parameters(), lr=0.05)
"""


@pytest.mark.parametrize("criterion", CRITERIA.values(), ids=CRITERIA.keys())
def test_a_right_loss_is_least_for_the_label(criterion: str, examine: Examine) -> None:
    """A right loss is least for the label.

    That holds in a batch of one class and for a single sample, and each answer counts for its own sample.
    """
    seen = fit(examine(objective=with_criterion(criterion)))
    for one in seen.by_class:
        assert one.error is None
        assert math.isfinite(one.alone)
        assert min(range(10), key=one.answers.__getitem__) == one.label
        assert sorted(one.answers)[1] > one.answers[one.label] + 1e-4
    assert seen.swapped > seen.perfect + 1e-3


def test_a_class_left_out_has_no_loss_of_its_own(examine: Examine) -> None:
    """A class that the loss leaves out has none. The mean over no samples is no number."""
    seen = fit(examine(objective=with_criterion("nn.CrossEntropyLoss(ignore_index=3)")))
    assert [one.label for one in seen.by_class if math.isnan(one.alone)] == [3]


@pytest.mark.parametrize(
    ("criterion", "hint"),
    [
        ("lambda s, y: (s - y[:, None]).square().mean()", "label-as-number"),
        ("lambda s, y: -s.log_softmax(0)[range(len(y)), y].mean()", "softmax-over-samples"),
    ],
)
def test_a_loss_that_no_answer_changes_has_its_name(criterion: str, hint: str, examine: Examine) -> None:
    """A loss that no single answer changes is told by whether the label does."""
    with pytest.raises(Misconception) as found:
        judge_falls(fit(examine(objective=with_criterion(criterion))))
    assert found.value.hint == f"objective/{hint}"


def test_a_network_of_not_a_number_is_one_mistake(examine: Examine) -> None:
    """Scores that are not finite are told as such. Loss and optimizer are tried on others."""
    bench = examine(net=NET.format("s.log()"))
    assert math.isfinite(criterion(bench).value)
    assert fit(bench).missing == "samples"
    with pytest.raises(Misconception) as found:
        judge_fits(fit(bench))
    assert found.value.hint == "structure/scores-not-finite"
    assert min(descent(bench).losses[1:]) < 3


def test_weights_in_half_precision_are_no_large_step(examine: Examine) -> None:
    """Weights in half precision are told where they end in no number, and no learning rate is blamed."""
    body = """
    from torch import nn
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.Sequential(nn.Flatten(), nn.Linear(784, 32), nn.ReLU(), nn.Linear(32, 10)).half()
        def forward(self, x):
            return self.layers(x.half()).float()
    """
    adam = with_criterion("nn.CrossEntropyLoss()").replace(
        "SGD(model.parameters(), lr=0.05)", "Adam(model.parameters())"
    )
    with pytest.raises(Misconception) as found:
        judge_steps(descent(examine(net=body, objective=adam)))
    assert found.value.hint == "objective/half-precision"


def test_a_network_without_parameters_is_no_mistake_of_the_optimizer(examine: Examine) -> None:
    """The optimizer is tried on other weights where the network has none registered."""
    bare = """
    from torch import nn
    layers = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    class Net(nn.Module):
        def forward(self, x):
            return layers(x)
    """
    assert min(descent(examine(net=bare)).losses[1:]) < 3


def test_an_exception_stays_with_its_class(examine: Examine) -> None:
    """An exception is told for its class alone. A target as wide as the largest label fails for most classes."""
    seen = fit(examine(objective=with_criterion("lambda s, y: (s - F.one_hot(y).float()).square().mean()")))
    errors = {one.label: one.error for one in seen.by_class if one.error is not None}
    assert list(errors) == list(range(1, 9))  # class 0 has a target of one column, class 9 one of ten: both fit
    assert errors[1].frames[-1].file == "objective.py"
