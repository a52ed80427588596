"""Records gradients and compares them at each step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..comparing import balanced, carried, clipped_residual, cosine, flat


@dataclass(frozen=True)
class GradientFit:
    """How a step's gradient fits the arrived ones. The fields are those of `protocol.loops.Step`."""

    backward_passes: int
    gradient_norm: float
    residual: float
    cosine: float
    carried: float


class Gradients:
    """Collects each backward pass's own gradient.

    It does so from one step to the next.

    Args:
        model: the one that `train` is given.
    """

    def __init__(self, model: nn.Module) -> None:
        self.backward_passes = 0
        self._model = model
        self._parameters = list(model.parameters())
        self._sizes = [parameter.numel() for parameter in self._parameters]
        self._arrived: list[Tensor] = []
        """Flat gradients of the backward passes since a step."""
        self._leftover: Tensor | None = None
        """Gradients held before the first of these passes."""
        self._watch_parameters()

    def _watch_parameters(self) -> None:
        """See each gradient before it is accumulated.

        A backward pass reaches every parameter once: the first parameter met again begins the next pass.
        """
        sizes = self._sizes
        starts = [sum(sizes[:i]) for i in range(len(sizes))]
        reached: set[int] = set()

        def hook(number: int) -> Callable[[Tensor], None]:
            def on_gradient(gradient: Tensor) -> None:
                if number in reached or not self._arrived:
                    reached.clear()
                    self._begin_backward(gradient, sum(sizes))
                reached.add(number)
                part = gradient.detach().double().flatten()
                self._arrived[-1][starts[number] : starts[number] + sizes[number]] = part

            return on_gradient

        for number, parameter in enumerate(self._parameters):
            if parameter.requires_grad:
                parameter.register_hook(hook(number))

    def _begin_backward(self, gradient: Tensor, size: int) -> None:
        """Make room for a new backward pass's gradient."""
        if not self._arrived:
            self._leftover = self.held()
        self._arrived.append(torch.zeros(size, dtype=torch.float64, device=gradient.device))
        self.backward_passes += 1

    @property
    def arrived(self) -> bool:
        """Whether a backward pass came since the last step."""
        return bool(self._arrived)

    def held(self) -> Tensor:
        """The gradients held now, flat (float64)."""
        return flat([parameter.grad for parameter in self._parameters], self._parameters)

    def of_batch(self, images: Tensor, labels: Tensor) -> Tensor | None:
        """Return a batch's cross-entropy gradient. It is flat (float64); None where labels are no class numbers."""
        if labels.ndim != 1 or len(labels) != len(images):
            return None
        names = [name for name, _ in self._model.named_parameters()]
        copies = [parameter.detach().clone().requires_grad_() for parameter in self._parameters]
        with torch.enable_grad():
            scores = torch.func.functional_call(self._model, dict(zip(names, copies, strict=True)), (images,))
            loss = nn.functional.cross_entropy(scores, labels)
        return flat(torch.autograd.grad(loss, copies, allow_unused=True), copies)

    def add_pass(self, gradient: Tensor) -> None:
        """Record the only backward pass since the step. No hook has heard of it."""
        self._arrived, self._leftover = [gradient], None
        self.backward_passes += 1

    def take_fit(self, g: Tensor) -> GradientFit:
        """Compare `g` with the arrived gradients. It is held at a step; the next step begins."""
        arrived, leftover = self._arrived, self._leftover
        self._arrived, self._leftover = [], None
        own = torch.stack(arrived).sum(0) if arrived else torch.zeros_like(g)
        nearest = [own, *arrived[-1:]]
        return GradientFit(
            backward_passes=len(arrived),
            gradient_norm=float(g.norm()),
            residual=min(clipped_residual(g, f) for f in nearest),
            cosine=max(cosine(balanced(g, self._sizes), balanced(f, self._sizes)) for f in nearest),
            carried=carried(g, own, leftover) if leftover is not None and bool(leftover.any()) else 0.0,
        )
