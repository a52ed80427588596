"""Records the optimizer's steps in order. Each comes with what came since the last one."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook

from ....protocol.loops import Step
from ...loader import listening
from ..comparing import cosine, flat
from .calls import Calls
from .gradients import Gradients
from .samples import Samples
from .telling import hearing, told


class Parts(Protocol):
    """The arguments of `train` that are watched."""

    @property
    def model(self) -> nn.Module:
        """The model."""

    @property
    def criterion(self) -> Callable[[Tensor, Tensor], Any]:
        """The criterion."""

    @property
    def optimizer(self) -> torch.optim.Optimizer:
        """The optimizer."""

    @property
    def ours(self) -> bool:
        """Whether model and criterion are ours. Then they tell of their calls by themselves."""


class _Weights:
    """Weights at the beginning and after the last step."""

    def __init__(self, model: nn.Module) -> None:
        self._model = model
        self._parameters = list(model.parameters())
        self._initial = flat(self._parameters, self._parameters)
        self._after_step: Tensor | None = None

    def step_made(self) -> None:
        """Note where a step has left them."""
        self._after_step = flat(self._parameters, self._parameters)

    def jump(self) -> float:
        """Relative change of the weights since the step. It is a share of their norm."""
        if self._after_step is None:
            return 0.0
        moved = flat(self._parameters, self._parameters) - self._after_step
        return float(moved.norm() / self._after_step.norm().clamp_min(1e-12))

    def changed(self) -> bool:
        """Whether the weights differ from the first ones."""
        now = list(self._model.parameters())
        return len(now) != len(self._parameters) or bool((flat(now, now) != self._initial).any())


class Recorder:
    """Everything that was seen of one run of `train`.

    Args:
        model: the one that `train` is given.
        known: images float32 (N, 1, 28, 28) of the tiny set, whose labels are 0 to N − 1.
    """

    def __init__(self, model: nn.Module, known: Tensor) -> None:
        self.samples = Samples(known)
        self.calls = Calls(model, self.samples)
        self.gradients = Gradients(model)
        self.foreign_steps = 0
        """Steps of an optimizer that `train` was not given."""
        self._weights = _Weights(model)
        self._steps: list[Step] = []
        self._objective = float("nan")
        """Number that the last backward pass began at. NaN where none came since the last step."""
        self._depth = 0
        """How many steps are running, nested."""

    @contextlib.contextmanager
    def watching(self, parts: Parts) -> Iterator[None]:
        """Record while `parts` are in use.

        Noted are what is read and called, the steps of the optimizer (and of one that it holds), and backward passes.
        """
        heard = contextlib.nullcontext() if parts.ours else hearing(parts.model, parts.criterion)
        with told(self.calls), listening(self.samples), heard, self._watching_steps(parts.optimizer):
            yield

    @contextlib.contextmanager
    def _watching_steps(self, optimizer: torch.optim.Optimizer) -> Iterator[None]:
        """Record the optimizer's steps and backward passes. Of the passes it is the roots."""
        before = register_optimizer_step_pre_hook(lambda *call: self._before_step(optimizer, *call))
        after = register_optimizer_step_post_hook(lambda *call: self._step_made())
        plain: Callable[..., Any] = torch.Tensor.backward

        def backward(root: Tensor, *arguments: Any, **named: Any) -> Any:
            if root.numel() == 1:
                self._objective = float(root.detach())
            return plain(root, *arguments, **named)

        torch.Tensor.backward = backward  # type: ignore[method-assign, assignment]
        try:
            yield
        finally:
            torch.Tensor.backward = plain  # type: ignore[method-assign]
            before.remove()
            after.remove()

    def _before_step(self, given: Any, optimizer: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """Record a step of the given optimizer. Where it has a closure, once the closure has run."""
        self._depth += 1
        if optimizer is not given and all(held is not optimizer for held in vars(given).values()):
            self.foreign_steps += self._depth == 1
            return None
        if self._depth > 1:
            return None
        closure = arguments[1] if len(arguments) > 1 else named.get("closure")
        if closure is None:
            self._note()
            return None

        def noted() -> Any:
            loss = closure()
            self._note()
            return loss

        return (arguments[0], noted), {name: value for name, value in named.items() if name != "closure"}

    def _step_made(self) -> None:
        """Note where the weights are after a step."""
        self._depth = max(0, self._depth - 1)
        self._weights.step_made()

    def _note(self) -> None:
        """Note that the given optimizer makes a step."""
        g = self.gradients.held()
        if not self.gradients.arrived and float(g.norm()) > 0:
            self._take_functional(g)
        trained, handed_out, fit = self.calls.take_trained(), self.samples.take_handed(), self.gradients.take_fit(g)
        objective, self._objective = self._objective, float("nan")
        self._steps.append(
            Step(
                epoch=self.samples.passes,
                labels=trained.labels,
                handed_out=handed_out,
                rows=trained.rows,
                backward_passes=fit.backward_passes,
                forward_after_backward=False,
                training=trained.modes,
                gradient_norm=fit.gradient_norm,
                residual=fit.residual,
                cosine=fit.cosine,
                carried=fit.carried,
                jump=self._weights.jump(),
                objective=objective,
            )
        )

    def _take_functional(self, g: Tensor) -> None:
        """Take `g` as gradient of the last loss. It must look like it: of `torch.func` no hook hears."""
        if self.calls.last_batch is None:
            return
        with self.calls.unseen():
            f = self.gradients.of_batch(*self.calls.last_batch)
        if f is None or cosine(g, f) < 0.5:
            return
        self.gradients.add_pass(f)
        self.calls.take_last_as_trained()
        self._objective = float("nan")

    def weights_changed(self) -> bool:
        """Whether the model ends with other weights."""
        return self._weights.changed()

    def steps(self) -> list[Step]:
        """The steps, with late ones marked. Those came between a forward pass and its backward pass."""
        late = self.calls.late
        return [replace(step, forward_after_backward=number in late) for number, step in enumerate(self._steps)]
