"""How calls of a model and criterion are heard.

Nothing hangs on either.

What `train` is given may be copied, pickled, scripted, saved or printed there, as any object of torch may. So no hook,
no recorder and no wrapper is put on it: objects of ours tell of their calls through this module, and those of the
submission are heard of through torch's hooks for all modules. Where nobody listens, nothing happens.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, Protocol

from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_hook


class Hearer(Protocol):
    """Who is told of the calls."""

    def note_forward(self, module: nn.Module, images: Any, scores: Any) -> None:
        """Note that `module` has made `scores`. It is the model or a copy of it."""

    def note_loss(self, loss: Tensor, labels: Tensor, n: int) -> None:
        """Note a call of the criterion. It was called on `n` rows of scores."""


_hearers: list[Hearer] = []
"""The last one is told."""


@contextlib.contextmanager
def told(hearer: Hearer) -> Iterator[None]:
    """Tell `hearer` of all calls."""
    _hearers.append(hearer)
    try:
        yield
    finally:
        _hearers.pop()


def tell_forward(module: nn.Module, images: Any, scores: Any) -> None:
    """Tell that our model was called. It may be a copy of it."""
    if _hearers:
        _hearers[-1].note_forward(module, images, scores)


def tell_loss(loss: Any, scores: Any, labels: Any) -> None:
    """A criterion was called."""
    if _hearers and all(isinstance(value, Tensor) for value in (loss, scores, labels)):
        _hearers[-1].note_loss(loss, labels, len(scores))


class HeardCriterion:
    """A plain function as criterion, watched."""

    def __init__(self, function: Any) -> None:
        self._function = function

    def __call__(self, scores: Tensor, labels: Tensor) -> Any:
        """Return what the function returns."""
        loss = self._function(scores, labels)
        tell_loss(loss, scores, labels)
        return loss


@contextlib.contextmanager
def hearing(model: nn.Module, criterion: Any) -> Iterator[None]:
    """Hear calls of the submission's own parts. They are `model` and, where it is a module, `criterion`."""

    def called(module: nn.Module, arguments: tuple[Any, ...], result: Any) -> None:
        if module is model or type(module) is type(model):
            tell_forward(module, arguments[0] if arguments else None, result)
        elif isinstance(criterion, nn.Module) and type(module) is type(criterion) and len(arguments) > 1:
            tell_loss(result, arguments[0], arguments[1])

    hook = register_module_forward_hook(called)
    try:
        yield
    finally:
        hook.remove()
