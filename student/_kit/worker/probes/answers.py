"""Makes better, worse and certain answers for a criterion.

They are in the terms of the scores that a `Net` returns.

A loss cannot be tried on any numbers: `BCELoss` takes nothing outside 0..1, evidence is never negative. What a `Net`
can return is told by its scores, and by the scores of the same network with weights many times as large.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ...protocol.observations import N_CLASSES
from ..bench import Bench
from ..originals import registered

MOVES = (-0.8, -0.4, 0.0, 0.2, 0.4)
_CERTAIN = 20.0
_TIMES = (2, 5, 10, 10)
"""Factors for the weights, applied one after another. They make a thousandfold in all."""
_SATURATED = 0.01


def amplified(bench: Bench, net: nn.Module, images: Tensor) -> Tensor:
    """Return scores with weights as large as possible.

    The scores stay finite; `net` is of no use afterwards.

    A sigmoid or tanh at the end is then at its limits, and anything else is far from 0.
    """
    seen = bench.ten_scores(net, images)
    for times in _TIMES:
        for _, parameter in registered(net):
            parameter.mul_(times)
        try:
            scores = bench.ten_scores(net, images)
        except Exception:  # noqa: BLE001 - no network has to work with such weights
            break
        if not bool(scores.isfinite().all()):
            break
        seen = scores
    return seen


def _at_limits(scores: Tensor, low: float, high: float) -> bool:
    """Whether most scores lie at the limits. All of them lie in [low, high]."""
    within = bool((scores >= low).all() and (scores <= high).all())
    near = torch.minimum(scores - low, high - scores) < _SATURATED
    return within and float(near.float().mean()) > 0.5


def kind_of(scores: Tensor, large: Tensor) -> str:
    """One of `observations.SCORE_KINDS`.

    Args:
        scores: (N, 10) of the network.
        large: its `amplified` scores.
    """
    ones = torch.ones(len(scores), device=scores.device)
    if bool((scores >= 0).all() and (scores <= 1).all()) and torch.allclose(scores.sum(1).float(), ones, atol=1e-3):
        return "probabilities"
    if bool((scores <= 1e-6).all()) and torch.allclose(scores.exp().sum(1).float(), ones, atol=1e-3):
        return "log-probabilities"
    if _at_limits(large, 0, 1):
        return "shares"
    if _at_limits(large, -1, 1):
        return "signed shares"
    return "non-negative" if bool((scores >= 0).all() and (large >= 0).all()) else "raw"


def _right(labels: Tensor, like: Tensor) -> Tensor:
    """One-hot labels (N, 10) in the type of `like`."""
    return nn.functional.one_hot(labels, N_CLASSES).to(like)


def moved(kind: str, scores: Tensor, labels: Tensor, move: float) -> Tensor:
    """Improve the answers in `scores` by `move`. It is in (0, 1); where it is negative they get worse."""
    right = _right(labels, scores)
    if kind == "signed shares":
        return scores + abs(move) * ((1 if move >= 0 else -1) - scores) * right
    if kind in ("probabilities", "shares"):
        if move >= 0:
            return (1 - move) * scores + move * right
        taken = -move * scores * right  # from the right class; where the ten sum to 1, another class gets it
        return scores - taken + (taken.roll(1, dims=1) if kind == "probabilities" else 0)
    if kind == "non-negative":
        return scores + (move * right if move >= 0 else -move * (1 - right))
    better = scores + move * right
    return better.log_softmax(1) if kind == "log-probabilities" else better


def certain(kind: str, labels: Tensor, like: Tensor, size: float = 1.0) -> Tensor:
    """Return scores that are certain of `labels`.

    Where there is no limit to them they are `size` times as large.

    Where there is one it is reached at `size` 1.
    """
    sure = _right(labels, like)
    if kind in ("probabilities", "shares"):
        return size * sure * (1 - 1e-5) + 1e-6
    if kind == "signed shares":
        return size * (2 * sure - 1)
    if kind == "log-probabilities":
        return (size * _CERTAIN * sure).log_softmax(1)
    return size * _CERTAIN * (sure if kind == "non-negative" else 2 * sure - 1)


def best_answers(kind: str, labels: Tensor, like: Tensor) -> tuple[Tensor, Tensor]:
    """Return two ways to be certain of `labels`.

    One is 1 for the class and 0 for others, as squared errors want it, the other far more.
    """
    full = certain(kind, labels, like)
    limited = kind in ("probabilities", "shares", "log-probabilities")
    return (full if limited else _right(labels, like)), full


def growing_sizes(kind: str) -> tuple[float, float, float]:
    """Three sizes for `certain`, each twice the one before."""
    return (0.25, 0.5, 1.0) if kind in ("probabilities", "shares", "signed shares") else (1.0, 2.0, 4.0)
