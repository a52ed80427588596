"""Compares a step's gradient with those that arrived. All vectors are flat, float64."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def flat(tensors: Sequence[Tensor | None], like: Sequence[Tensor]) -> Tensor:
    """Flatten tensors into one vector (float64). Zeros stand for what is missing."""
    parts = [torch.zeros_like(p) if t is None else t for t, p in zip(tensors, like, strict=True)]
    return torch.cat([part.detach().double().flatten() for part in parts])


def cosine(g: Tensor, f: Tensor) -> float:
    """Cosine of the angle between two gradients. It is 0.0 where one is zero."""
    norms = float(g.norm()) * float(f.norm())
    return float(g @ f) / norms if norms > 0 else 0.0


def balanced(vector: Tensor, sizes: Sequence[int]) -> Tensor:
    """Scale each tensor of a flat vector equally.

    Each has the same size per entry, so that scaling it changes nothing.
    """
    parts = [part / part.norm().clamp_min(1e-30) * len(part) ** 0.5 for part in vector.split(list(sizes))]
    return torch.cat(parts)


def _residual(g: Tensor, f: Tensor) -> float:
    """‖g − c·f‖ / ‖g‖ at the best c > 0. It is 1.0 where there is nothing to compare."""
    angle = cosine(g, f)
    return max(0.0, 1 - angle * angle) ** 0.5 if angle > 0 else 1.0


def clipped_residual(g: Tensor, f: Tensor) -> float:
    """`_residual` with clipping by value allowed for. No entry of the gradient is larger than its largest."""
    bound = float(g.abs().max())
    return min(_residual(g, f), _residual(g, f.clamp(-bound, bound)))


def carried(g: Tensor, f: Tensor, leftover: Tensor) -> float:
    """Share d / c of `leftover` in a gradient.

    It is the best g ≈ c·f + d·leftover: 0 where the leftover has no part in g, 1 where it was added up.
    """
    basis = torch.stack([f, leftover], dim=1)
    c, d = torch.linalg.lstsq(basis, g.unsqueeze(1)).solution.flatten().tolist()
    return d / c if c > 0 else float(d > 0)
