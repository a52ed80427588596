"""Records calls of the model and the criterion. It tells which of these a backward pass goes through."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn

from ....protocol.loops import MAX_EVENTS, LossCall
from .samples import Samples


class TooMuch(BaseException):
    """`train` has done far more than asked. It is a BaseException, so that no `except Exception` keeps it."""


def _is_wrapped(tensor: Tensor) -> bool:
    """Whether `torch.func` has wrapped the tensor. Then it belongs to a transformation that is going on."""
    return bool(torch._C._functorch.is_functorch_wrapped_tensor(tensor))


def _plain(tensor: Tensor) -> Tensor:
    """Return the tensor inside a `torch.func` wrapper. One without a wrapper is returned itself."""
    while _is_wrapped(tensor):
        tensor = torch._C._functorch.get_unwrapped(tensor)
    return tensor.detach()


def at_backward(tensor: Any, act: Callable[[], None]) -> None:
    """Call `act` whenever a backward pass goes through `tensor`."""
    if isinstance(tensor, Tensor) and tensor.requires_grad:
        with contextlib.suppress(RuntimeError):  # a tensor of `torch.func` takes no hook
            tensor.register_hook(lambda gradient: act())


@dataclass
class Trained:
    """Samples trained on since the last step. They are those of the calls that a backward pass went through."""

    labels: list[int] = field(default_factory=list)
    modes: list[bool] = field(default_factory=list)
    """The mode of the model in each forward pass."""
    rows: int = 0

    def or_else(self, other: Trained) -> Trained:
        """Fill unknown modes and rows from `other`.

        They are unknown where no forward pass was heard of; the labels stay.
        """
        return self if self.modes else Trained(self.labels, other.modes, other.rows)


class Calls:
    """Counts calls of model, copies and criterion.

    A forward pass may be made by other means than calling the model (`model.forward`, a method of its own, a part of
    it). Then the calls of the criterion stand in its place.

    Args:
        model: the one that `train` is given.
        samples: told of the images and labels that come to the criterion.
    """

    def __init__(self, model: nn.Module, samples: Samples) -> None:
        self.model_calls = self.copy_calls = 0
        self.losses: list[LossCall] = []
        self.late: set[int] = set()
        """Steps between a forward and its backward pass. They are known by number."""
        self.last_batch: tuple[Tensor, Tensor] | None = None
        """Images and labels of the last loss. None where there was none since the last step."""
        self._model, self._samples = model, samples
        self._trained = Trained()
        self._trained_losses = Trained()
        self._steps = 0
        self._images: Tensor | None = None
        self._last_in_copy = False
        self._unseen = False

    def note_forward(self, module: nn.Module, images: Any, scores: Any) -> None:
        """Count a forward pass of the model. That of a copy counts as well."""
        if self._unseen:
            return
        self._last_in_copy = module is not self._model
        if self._last_in_copy:
            self.copy_calls += 1
        else:
            self.model_calls += 1
            self._images = _plain(images) if isinstance(images, Tensor) else None
            mode, steps, rows = module.training, self._steps, len(scores) if isinstance(scores, Tensor) else 0
            at_backward(scores, lambda: self._trained_on(mode, steps, rows))
        if self.model_calls + self.copy_calls > MAX_EVENTS:
            raise TooMuch

    def _trained_on(self, mode: bool, steps_before: int, rows: int) -> None:
        """Note a backward pass through `rows` images."""
        self._trained.modes.append(mode)
        self._trained.rows += rows
        self.late.update(range(steps_before, self._steps))

    def note_loss(self, loss: Tensor, labels: Tensor, n: int) -> None:
        """Note a call of the given criterion.

        Args:
            loss: what it returns.
            labels: (n,), or (n, 10) with the label as a one.
            n: rows of scores.

        Raises:
            TooMuch: there were very many calls already.
        """
        if self._unseen:
            return
        number, labels, mode, steps = len(self.losses), _plain(labels), self._model.training, self._steps
        if number >= MAX_EVENTS:
            raise TooMuch
        named = [int(label) for label in (labels if labels.ndim == 1 else labels.nonzero()[:, -1])]
        value = float(_plain(loss).float().mean())
        self.losses.append(LossCall(self._samples.passes, value, n, named, mode, trained=False))
        if self._images is not None:
            self.last_batch = (self._images, labels)
            comparable = labels.ndim == 1 and loss.requires_grad and not _is_wrapped(loss)
            if comparable and len(self._images) == len(named):
                self._samples.compare(self._images, named)
        if not self._last_in_copy:
            at_backward(loss, lambda: self._loss_trained(number, steps))

    def _loss_trained(self, number: int, steps_before: int) -> None:
        """Note a backward pass through loss `number`."""
        self.losses[number] = call = replace(self.losses[number], trained=True)
        self._trained.labels += call.labels
        self._trained_losses.modes.append(call.training)
        self._trained_losses.rows += call.n
        self.late.update(range(steps_before, self._steps))

    @contextlib.contextmanager
    def unseen(self) -> Iterator[None]:
        """Let calls of our own pass unnoticed."""
        self._unseen = True
        try:
            yield
        finally:
            self._unseen = False

    def take_last_as_trained(self) -> None:
        """Count only the last batch as trained on. Its gradient was taken where no hook hears of it."""
        assert self.last_batch is not None
        labels = [int(label) for label in self.last_batch[1]]
        self._trained = Trained(labels, self._trained.modes or [self._model.training], len(labels))
        self.losses[-1] = replace(self.losses[-1], trained=True)

    def take_trained(self) -> Trained:
        """Return what was trained on; begin the next step."""
        trained, self._trained = self._trained.or_else(self._trained_losses), Trained()
        self._trained_losses = Trained()
        self.last_batch, self._images = None, None
        self._steps += 1
        return trained
