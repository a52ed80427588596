"""Probes of `make_criterion` and `make_optimizer`.

They see what these return, and whether it fits what `Net` returns.
"""

from __future__ import annotations

import contextlib
import inspect
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ...protocol.observations import N_CLASSES, Criterion, Descent, Fit, OneClass, Optimizer
from .. import leniency
from ..bench import Bench, Blocked
from ..calling import call
from ..originals import registered, to_numpy
from ..submission import describe
from .answers import MOVES, amplified, best_answers, certain, growing_sizes, kind_of, moved

STEPS = 10
COPIES = 16
"""Samples in a batch of one class. A few labels replaced at random, as some losses do, change nothing on average."""


def _finite(scores: Tensor) -> Tensor:
    """Return `scores`. Raises Blocked where one is NaN or infinite, as `samples` has seen."""
    if not bool(scores.isfinite().all()):
        raise Blocked("samples")
    return scores


def _example_scores(bench: Bench, images: Tensor) -> Tensor:
    """Return example scores (N, 10) of `Net`.

    They are log-probabilities where there is no usable network.

    Log-probabilities are what both `CrossEntropyLoss` and `NLLLoss` can work with.
    """
    try:
        return _finite(bench.ten_scores(bench.switched(bench.net(), training=False), images).detach())
    except Exception:  # noqa: BLE001 - whatever is wrong with Net is another probe's to tell
        noise = torch.randn(len(images), N_CLASSES, generator=torch.Generator().manual_seed(bench.seed))
        return noise.log_softmax(1).to(bench.device)


def make_criterion(bench: Bench) -> Callable[[Tensor, Tensor], Any]:
    """Build the submission's criterion on the device. It is moved there where it is a module."""
    criterion = call(bench.part("objective", "make_criterion"))
    return criterion.to(bench.device) if isinstance(criterion, nn.Module) else criterion


def criterion(bench: Bench) -> Criterion:
    """Call the criterion and send a gradient back. It gets scores (N, 10) and labels (N,)."""
    loss_of = make_criterion(bench)
    if isinstance(loss_of, type):
        return Criterion(False, f"class {loss_of.__name__[:80]}", [], math.nan, False, None)
    if not callable(loss_of):
        return Criterion(False, type(loss_of).__name__, [], math.nan, False, None)
    scores = _example_scores(bench, bench.images[:16]).requires_grad_()
    loss = call(loss_of, scores, bench.labels[:16].to(bench.device))
    if not isinstance(loss, Tensor):
        return Criterion(True, type(loss).__name__, [], math.nan, False, None)
    value = float(loss.detach()) if loss.numel() == 1 else math.nan
    gradient = None
    if loss.requires_grad and loss.numel() == 1:
        call(loss.backward)
        gradient = None if scores.grad is None else to_numpy(scores.grad)
    return Criterion(True, "Tensor", list(loss.shape), value, loss.requires_grad, gradient)


def _one_class(bench: Bench, label: int, least_loss: Callable[[int, Tensor], float]) -> OneClass:
    """The loss on batches of class `label` only."""
    labels = torch.full((COPIES,), label, device=bench.device)
    try:
        alone = least_loss(label, labels[:1])
        answers = [least_loss(answer, labels) for answer in range(N_CLASSES)]
    except Exception as error:  # noqa: BLE001 - a loss may fail for some classes alone
        return OneClass(label, math.nan, [], describe(error, bench.package))
    return OneClass(label, alone, answers)


def _own_scores(bench: Bench) -> tuple[str, Tensor, Tensor]:
    """Return the network's scores and their kind.

    They are (N, 10) for some images; with the same at very large weights.

    Raises:
        Blocked: it gives none, or the same for all images.
    """
    net = bench.switched(bench.awake_net(shaken=True), training=False)
    images = bench.batch(32)
    with torch.no_grad():
        scores = _finite(bench.ten_scores(net, images))
        large = amplified(bench, net, images)
    return kind_of(scores, large), scores, large


def _scores_of_ours(bench: Bench, loss_of: Callable[[Tensor, Tensor], Any], labels: Tensor) -> tuple[str, Tensor]:
    """Make scores for a network that gives none. They are of the kind that the loss makes most of."""
    noise = torch.randn(len(labels), N_CLASSES, generator=torch.Generator().manual_seed(bench.seed)).to(bench.device)
    kinds = {
        "raw": noise,
        "log-probabilities": noise.log_softmax(1),
        "probabilities": noise.softmax(1),
        "shares": noise.sigmoid(),
    }
    for kind, scores in kinds.items():
        with contextlib.suppress(Exception):
            answers = [certain(kind, labels, scores, size) for size in growing_sizes(kind)]
            bad, good, better, best = (float(call(loss_of, answer, labels)) for answer in (scores, *answers))
            if math.isfinite(bad) and bad > good >= better >= best >= -1e-3:
                return kind, scores
    return "raw", noise


def fit(bench: Bench) -> Fit:
    """Compare losses of better and worse answers. They are compared with that of what `Net` returns."""
    loss_of, missing = make_criterion(bench), ""
    if not callable(loss_of) or isinstance(loss_of, type):
        raise Blocked("criterion")
    try:
        kind, scores, large = _own_scores(bench)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with Net is another probe's to tell
        missing = error.by if isinstance(error, Blocked) else "shapes"
        kind, scores = _scores_of_ours(bench, loss_of, bench.labels[:32].to(bench.device))
        large = scores
    with torch.no_grad():
        return _fit(bench, loss_of, _Scores(kind, scores, large, missing))


@dataclass(frozen=True)
class _Scores:
    """Scores (N, 10) to begin with. `missing` names the probe that tells why the network gives none."""

    kind: str
    values: Tensor
    large: Tensor
    missing: str


def _fit(bench: Bench, loss_of: Callable[[Tensor, Tensor], Any], begin: _Scores) -> Fit:
    """Measure how the loss follows the answers. They become better or worse than `begin`."""
    kind, scores = begin.kind, begin.values
    labels = leniency.cycled(bench.labels, len(scores)).to(bench.device)

    def loss_at(answer: Tensor, wanted: Tensor = labels) -> float:
        bench.seeded()  # a loss may draw random numbers; it is to draw the same for every answer
        return float(call(loss_of, answer, wanted))

    def least_loss(answer: int, wanted: Tensor) -> float:
        answers = best_answers(kind, torch.full_like(wanted, answer), scores)
        return min(loss_at(certain_of, wanted) for certain_of in answers)

    best = best_answers(kind, labels, scores)
    return Fit(
        scores=to_numpy(scores),
        kind=kind,
        large=to_numpy(begin.large),
        missing=begin.missing,
        moves=list(MOVES),
        losses=[loss_at(moved(kind, scores, labels, move)) for move in MOVES],
        perfect=min(map(loss_at, best)),
        worst=loss_at(certain(kind, (labels + 1) % N_CLASSES, scores)),
        growing=[loss_at(certain(kind, labels, scores, size)) for size in growing_sizes(kind)],
        shift=loss_at(scores + 5) - loss_at(scores) if kind in ("raw", "non-negative") else None,
        swapped=min(loss_at(answer.roll(1, dims=0)) for answer in best),
        by_class=[_one_class(bench, label, least_loss) for label in range(N_CLASSES)],
    )


class _StandIn(nn.Module):
    """A stand-in for a `Net` that cannot be used. `make_optimizer` gets it."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(784, 32)
        self.out = nn.Linear(32, N_CLASSES)

    def forward(self, images: Tensor) -> Tensor:
        """Return log-probabilities (N, 10). Both `CrossEntropyLoss` and `NLLLoss` can work with them."""
        scores: Tensor = self.out(self.hidden(images.flatten(1)).relu())
        return scores.log_softmax(1)


def _model(bench: Bench) -> tuple[nn.Module, str]:
    """Return a model for `make_optimizer`.

    Where it is not the submission's own, the probe that tells why comes with it.
    """
    try:
        model = bench.net()
    except Exception:  # noqa: BLE001 - whatever is wrong with Net is another probe's to tell
        return _StandIn().to(bench.device), "build"
    try:
        bench.scores(model, bench.batch(2))  # gives lazy layers their shapes
    except Exception:  # noqa: BLE001 - as above
        if any(nn.parameter.is_lazy(parameter) for _, parameter in registered(model)):
            return _StandIn().to(bench.device), "shapes"
    if not list(registered(model)):
        return _StandIn().to(bench.device), "gradients"
    return model, ""


def optimizer(bench: Bench) -> Optimizer:
    """Compare the optimizer's parameters with the model's. It is what `make_optimizer` gives."""
    model, missing = _model(bench)
    maker = bench.part("objective", "make_optimizer")
    try:
        made = call(maker, model)
    except NotImplementedError:
        raise
    except Exception:
        if not missing:
            raise
        raise Blocked(missing) from None
    names = {id(p): name for name, p in registered(model) if p.requires_grad}
    if not isinstance(made, torch.optim.Optimizer):
        return Optimizer(type(made).__name__[:80], False, [], 0, [], len(names), [], 0)
    if not names and not missing:  # nothing is to be trained, so there is nothing to hold
        raise Blocked("gradients")
    held = Counter(id(p) for group in made.param_groups for p in group["params"])
    lacking = [name for key, name in names.items() if key not in held]
    return Optimizer(
        type_name=type(made).__name__[:80],
        is_optimizer=True,
        missing=lacking,
        foreign=len(held.keys() - {id(p) for _, p in registered(model)}),
        repeated=[name for key, name in names.items() if held[key] > 1],
        n_model=len(names),
        learning_rates=[float(group.get("lr", math.nan)) for group in made.param_groups],
        n_missing=len(lacking),
    )


def _takes_closure(stepper: torch.optim.Optimizer) -> bool:
    """Whether `step` takes a closure. An optimizer of one's own may do without."""
    places = list(inspect.signature(stepper.step).parameters.values())[:1]
    return any(
        place.kind is place.VAR_POSITIONAL
        or (place.kind is not place.VAR_KEYWORD and place.default in (None, place.empty))
        for place in places
    )


def _settings(stepper: torch.optim.Optimizer, name: str) -> list[float]:
    """List one setting over the parameter groups. Only groups that have it count."""
    values = (group.get(name) for group in stepper.param_groups)
    return [float(value) for value in values if isinstance(value, int | float | Tensor)]


@dataclass(frozen=True)
class _Learner:
    """A model, its optimizer, and images to learn. The model gives ten scores."""

    optimizer: Any
    scores_of: Callable[[Tensor], Tensor]
    images: Tensor


def _stand_in(bench: Bench, why: str) -> _Learner:
    """A model of ours with the submission's optimizer.

    Args:
        bench: with the submission.
        why: probe that tells why its own network cannot be used.

    Raises:
        Blocked: it only makes one for its own network.
    """
    bench.seeded()
    model = _StandIn().to(bench.device)
    try:
        made = call(bench.part("objective", "make_optimizer"), model)
    except Exception as error:
        raise Blocked(why) from error
    return _Learner(made, lambda images: model(images.to(bench.device)), bench.images)


def _learner(bench: Bench) -> _Learner:
    """Return the submission's network with its optimizer.

    A stand-in is taken where there is none that gives ten scores.
    """
    try:
        net = bench.switched(bench.net(), training=False)
        _finite(bench.ten_scores(net, bench.batch(32)))
    except Exception:  # noqa: BLE001 - whatever is wrong with Net is another probe's to tell
        return _stand_in(bench, "shapes")
    try:
        made = call(bench.part("objective", "make_optimizer"), net)
    except Exception:
        if list(registered(net)):
            raise
        return _stand_in(bench, "gradients")  # a network without parameters is told there
    return _Learner(made, lambda images: bench.ten_scores(net, images), bench.batch(len(bench.images)))


def descent(bench: Bench) -> Descent:
    """Follow the loss over a few steps. They are on one batch, dropout off."""
    learner, loss_of = _learner(bench), make_criterion(bench)
    stepper, images = learner.optimizer, learner.images
    labels = leniency.cycled(bench.labels, len(images)).to(bench.device)
    if not isinstance(stepper, torch.optim.Optimizer):
        raise Blocked("optimizer")

    def closure() -> Tensor:
        stepper.zero_grad()
        loss: Tensor = call(loss_of, learner.scores_of(images), labels)
        try:
            call(loss.backward)
        except RuntimeError as error:
            raise Blocked("gradients") from error
        if not any(bool(p.grad.any()) for group in stepper.param_groups for p in group["params"] if p.grad is not None):
            raise Blocked("gradients")
        return loss

    given = [closure] if _takes_closure(stepper) else []
    losses = []
    for _ in range(STEPS):
        losses.append(float(closure().detach()))
        call(stepper.step, *given)
    losses.append(float(closure().detach()))
    rates = _settings(stepper, "lr")
    momentums, decays = _settings(stepper, "momentum"), _settings(stepper, "weight_decay")
    return Descent(
        losses=losses,
        learning_rate=rates[0] if rates else None,
        momentum=max(momentums, default=None),
        weight_decay=max(decays, default=None),
        half=any(p.dtype == torch.float16 for group in stepper.param_groups for p in group["params"]),
    )
