"""Probes of `make_criterion` and `make_optimizer`: what they return, and whether they fit what `Net` returns."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from ...protocol.observations import N_CLASSES, Criterion, Descent, Fit, Optimizer
from ..bench import Bench, Blocked, to_numpy

MOVES = (-0.8, -0.4, 0.0, 0.2, 0.4)
STEPS = 10
_CERTAIN = 20.0


def _example_scores(bench: Bench, images: Tensor) -> Tensor:
    """Scores (N, 10) of the submission's own `Net`, or log-probabilities where there is no usable one.

    Log-probabilities are what both `CrossEntropyLoss` and `NLLLoss` can work with.
    """
    try:
        return bench.scores(bench.net().eval(), images).detach()
    except Exception:  # noqa: BLE001 - whatever is wrong with Net is another probe's to tell
        noise = torch.randn(len(images), N_CLASSES, generator=torch.Generator().manual_seed(bench.seed))
        return noise.log_softmax(1).to(bench.device)


def make_criterion(bench: Bench) -> Callable[[Tensor, Tensor], Any]:
    """The submission's criterion, on the device where it is a module."""
    criterion = bench.part("objective", "make_criterion")()
    return criterion.to(bench.device) if isinstance(criterion, nn.Module) else criterion


def criterion(bench: Bench) -> Criterion:
    """Call the criterion on scores (N, 10) and labels (N,), and send a gradient back."""
    loss_of = make_criterion(bench)
    if isinstance(loss_of, type):
        return Criterion(False, f"type (the class {loss_of.__name__[:80]} itself)", [], math.nan, False, None)
    if not callable(loss_of):
        return Criterion(False, type(loss_of).__name__, [], math.nan, False, None)
    scores = _example_scores(bench, bench.images[:16]).requires_grad_()
    loss = loss_of(scores, bench.labels[:16].to(bench.device))
    if not isinstance(loss, Tensor):
        return Criterion(True, type(loss).__name__, [], math.nan, False, None)
    value = float(loss.detach()) if loss.numel() == 1 else math.nan
    gradient = None
    if loss.requires_grad and loss.numel() == 1:
        loss.backward()
        gradient = None if scores.grad is None else to_numpy(scores.grad)
    return Criterion(True, "Tensor", list(loss.shape)[:8], value, loss.requires_grad, gradient)


def _kind_of(scores: Tensor) -> str:
    """What the rows are: "probabilities", "log-probabilities", "shares" (each in [0, 1]) or "raw"."""
    ones = torch.ones(len(scores), device=scores.device)
    bounded = bool((scores >= 0).all() and (scores <= 1).all())
    if bounded and torch.allclose(scores.sum(1), ones, atol=1e-3):
        return "probabilities"
    if bounded:
        return "shares"
    if bool((scores <= 1e-6).all()) and torch.allclose(scores.exp().sum(1), ones, atol=1e-3):
        return "log-probabilities"
    return "raw"


def _moved(scores: Tensor, labels: Tensor, move: float) -> Tensor:
    """`scores` with the answer made better by `move` in (0, 1), worse where it is negative."""
    right = nn.functional.one_hot(labels, N_CLASSES).to(scores.dtype)
    kind = _kind_of(scores)
    if kind in ("probabilities", "shares"):
        if move >= 0:
            return (1 - move) * scores + move * right
        taken = -move * scores * right  # from the right class; where the ten sum to 1, another class gets it
        return scores - taken + (taken.roll(1, dims=1) if kind == "probabilities" else 0)
    moved = scores + move * right
    return moved.log_softmax(1) if kind == "log-probabilities" else moved


def _certain(scores: Tensor, labels: Tensor, scale: float) -> Tensor:
    """Scores of the same kind that leave no doubt about `labels`."""
    sure = nn.functional.one_hot(labels, N_CLASSES).to(scores.dtype)
    kind = _kind_of(scores)
    if kind in ("probabilities", "shares"):
        return sure * (1 - 1e-5) + 1e-6
    if kind == "log-probabilities":
        return (_CERTAIN * sure).log_softmax(1)
    return sure if scale == 1 else scale * (2 * sure - 1)


def fit(bench: Bench) -> Fit:
    """Compare the loss of what `Net` returns with the loss of better and of worse answers."""
    loss_of = make_criterion(bench)
    if not callable(loss_of) or isinstance(loss_of, type):
        raise Blocked("criterion")
    labels = bench.labels[:32].to(bench.device)
    net = bench.awake_net().eval()
    with torch.no_grad():
        scores = bench.scores(net, bench.images[:32])

        def loss_at(answer: Tensor, wanted: Tensor = labels) -> float:
            return float(loss_of(answer, wanted))

        wrong = (labels + 1) % N_CLASSES
        return Fit(
            scores=to_numpy(scores),
            labels=labels.cpu().numpy(),
            moves=list(MOVES),
            losses=[loss_at(_moved(scores, labels, move)) for move in MOVES],
            # a squared error is least at 1, cross-entropy at infinity: the better of both is "certain"
            perfect=min(loss_at(_certain(scores, labels, scale)) for scale in (1.0, _CERTAIN)),
            worst=loss_at(_certain(scores, wrong, _CERTAIN)),
            shifted=loss_at(scores + 5),
        )


class _StandIn(nn.Module):
    """A small model for `make_optimizer` where the submission's own `Net` cannot be built."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(784, N_CLASSES)


def _model(bench: Bench) -> tuple[nn.Module, bool]:
    try:
        model = bench.net()
        bench.scores(model.eval(), bench.images[:2])  # gives lazy layers their shapes
        return model.train(), True
    except Exception:  # noqa: BLE001 - whatever is wrong with Net is another probe's to tell
        return _StandIn().to(bench.device), False


def optimizer(bench: Bench) -> Optimizer:
    """Call `make_optimizer` and compare what it holds with the model's parameters."""
    model, own = _model(bench)
    maker = bench.part("objective", "make_optimizer")
    try:
        made = maker(model)
    except NotImplementedError:
        raise
    except Exception:
        if own:
            raise
        raise Blocked("build") from None
    names = {id(p): name for name, p in model.named_parameters() if p.requires_grad}
    if not isinstance(made, torch.optim.Optimizer):
        return Optimizer(type(made).__name__[:80], False, [], 0, [], len(names), [])
    if not names and own:  # nothing is registered, so there is nothing to hold
        raise Blocked("gradients")
    held = [id(p) for group in made.param_groups for p in group["params"]]
    return Optimizer(
        type_name=type(made).__name__[:80],
        is_optimizer=True,
        missing=[name[:200] for key, name in names.items() if key not in held][:50],
        foreign=len(set(held) - {id(p) for p in model.parameters()}),
        repeated=[name[:200] for key, name in names.items() if held.count(key) > 1][:50],
        n_model=len(names),
        learning_rates=[float(group.get("lr", math.nan)) for group in made.param_groups][:50],
    )


def descent(bench: Bench) -> Descent:
    """Take a few steps of the optimizer on one batch, dropout off, and follow the loss."""
    net = bench.net()
    bench.scores(net.eval(), bench.images[:2])
    loss_of = make_criterion(bench)
    stepper = bench.part("objective", "make_optimizer")(net)
    images, labels = bench.images, bench.labels.to(bench.device)
    if not isinstance(stepper, torch.optim.Optimizer):
        raise Blocked("optimizer")

    def closure() -> Tensor:
        stepper.zero_grad()
        loss: Tensor = loss_of(bench.scores(net, images), labels)
        loss.backward()
        return loss

    losses = []
    for _ in range(STEPS):
        losses.append(float(closure().detach()))
        stepper.step(closure)  # type: ignore[arg-type]  # torch says float and takes tensors
    losses.append(float(closure().detach()))
    rates = [group.get("lr") for group in stepper.param_groups]
    return Descent(losses, float(rates[0]) if rates and rates[0] is not None else None)
