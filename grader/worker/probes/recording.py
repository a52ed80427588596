"""What is seen of `train` while it runs: forward and backward passes, losses and steps, and whose samples they are of.

Theory of operation
-------------------
Nothing is asked of the order or the spelling of a loop. A forward pass and a loss count once a backward pass goes
through them (hooks on the scores and on the loss), so looking at accuracy in between, with or without `no_grad`, is no
training. At every step of the optimizer the gradient g that the parameters hold is compared with the gradient f that
backward passes have brought since the last step: hooks on the parameters see it before it is accumulated. What the
parameters still held when the first of these passes began is the part of g that belongs to other batches; where they
held nothing, whatever was done to f (clipping, noise, decay, centring) is the submission's own business.

A sample is told by its label, as each of the tiny set has one of its own; where labels were changed on purpose, by
what the loader has handed out since the last step.
"""

from __future__ import annotations

import contextlib
import mmap
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook

from ...protocol.loops import LossCall, Step
from ...protocol.observations import N_CLASSES
from .comparing import balanced, carried, clipped_residual, cosine, flat

_MAX_EVENTS = 800


class TooMuch(BaseException):
    """`train` has done far more than it was asked for; a BaseException, so that no `except Exception` keeps it."""


def _is_wrapped(tensor: Tensor) -> bool:
    """Whether it belongs to a transformation of `torch.func` that is going on."""
    return bool(torch._C._functorch.is_functorch_wrapped_tensor(tensor))


def _plain(tensor: Tensor) -> Tensor:
    """The tensor that `torch.func` has wrapped, itself where none is."""
    while _is_wrapped(tensor):
        tensor = torch._C._functorch.get_unwrapped(tensor)
    return tensor.detach()


def at_backward(tensor: Any, act: Callable[[], None]) -> None:
    """Call `act` whenever a backward pass goes through `tensor`."""
    if isinstance(tensor, Tensor) and tensor.requires_grad:
        with contextlib.suppress(RuntimeError):  # a tensor of `torch.func` takes no hook
            tensor.register_hook(lambda gradient: act())


class SharedFlag:
    """One bit that the worker processes of a data loader set too."""

    def __init__(self) -> None:
        with tempfile.TemporaryFile() as file:  # sandboxes refuse shared memory that is no file's
            file.truncate(1)
            self._memory = mmap.mmap(file.fileno(), 1)

    def set(self) -> None:
        """Set it, in all processes."""
        self._memory[0] = 1

    def __bool__(self) -> bool:
        return bool(self._memory[0])


@dataclass
class _Since:
    """What has happened since the last step."""

    gradients: list[Tensor] = field(default_factory=list)
    """One flat gradient per backward pass."""
    leftover: Tensor | None = None
    """What the parameters held when the first of these passes began."""
    labels: list[int] = field(default_factory=list)
    handed: list[int] = field(default_factory=list)
    training: list[bool] = field(default_factory=list)
    rows: int = 0
    objective: float = float("nan")
    batch: tuple[Tensor, Tensor] | None = None
    """The images and labels of the last loss."""


@dataclass
class Recorder:
    """Everything that was seen.

    Args:
        model: the one that `train` is given.
        known: images float32 (N, 1, 28, 28) of the tiny set, whose labels are 0 to N − 1.
    """

    model: nn.Module
    known: Tensor
    passes: int = 0
    read: SharedFlag = field(default_factory=SharedFlag)
    model_calls: int = 0
    copy_calls: int = 0
    backward_passes: int = 0
    foreign_steps: int = 0
    matched: int = 0
    mismatched: int = 0
    steps: list[Step] = field(default_factory=list)
    losses: list[LossCall] = field(default_factory=list)
    _since: _Since = field(default_factory=_Since)
    _late: set[int] = field(default_factory=set)
    _images: Tensor | None = None
    _after_step: Tensor | None = None
    _depth: int = 0
    _in_copy: bool = False
    """The last forward pass went through a copy of the model."""
    _looking: bool = False
    """A forward pass of our own is going on."""

    def __post_init__(self) -> None:
        self._parameters = list(self.model.parameters())
        self._sizes = [p.numel() for p in self._parameters]
        self._initial = flat(self._parameters, self._parameters)
        self._numbers = {image.numpy().tobytes(): number for number, image in enumerate(self.known)}
        # a function, not a method: copies of the model keep it as it is, and tell of themselves
        self.model.register_forward_hook(lambda *call: self._forwarded(*call))  # noqa: PLW0108
        self._watch_parameters()

    def handed(self, indices: Sequence[int] | Tensor) -> None:
        """The loader or the data set gives out samples."""
        self.read.set()
        self._since.handed += [int(index) for index in indices]

    def passed(self) -> None:
        """A pass over the loader begins."""
        self.passes += 1

    def _forwarded(self, module: nn.Module, arguments: tuple[Any, ...], scores: Any) -> None:
        if self._looking:
            return
        self._in_copy = module is not self.model
        if self._in_copy:
            self.copy_calls += 1
        else:
            self.model_calls += 1
            self._images = _plain(arguments[0]) if arguments and isinstance(arguments[0], Tensor) else None
            mode, steps, rows = module.training, len(self.steps), len(scores)
            at_backward(scores, lambda: self._trained_on(mode, steps, rows))
        if self.model_calls + self.copy_calls > _MAX_EVENTS:
            raise TooMuch

    def _trained_on(self, mode: bool, steps_before: int, rows: int) -> None:
        self._since.training.append(mode)
        self._since.rows += rows
        self._late.update(range(steps_before, len(self.steps)))

    def lost(self, loss: Tensor, labels: Tensor, n: int) -> None:
        """The given criterion was called."""
        number, labels = len(self.losses), _plain(labels)
        self.losses.append(LossCall(self.passes, float(_plain(loss)), n, trained=False))
        named = [int(label) for label in (labels if labels.ndim == 1 else labels.nonzero()[:, 1])]
        if self._images is not None:
            self._since.batch = (self._images, labels)
            comparable = labels.ndim == 1 and loss.requires_grad and not _is_wrapped(loss)
            if comparable and len(self._images) == len(named):
                self._compare(self._images, named)

        def trained() -> None:
            self.losses[number] = replace(self.losses[number], trained=True)
            self._since.labels += named

        if not self._in_copy:
            at_backward(loss, trained)

    def _compare(self, images: Tensor, labels: list[int]) -> None:
        """Count the images that are as they were handed out, and those of them that have another's label."""
        for image, label in zip(images.cpu(), labels, strict=True):
            number = self._numbers.get(image.contiguous().numpy().tobytes()) if image.dtype == torch.float32 else None
            if number is not None:
                self.matched += 1
                self.mismatched += number != label

    def _watch_parameters(self) -> None:
        """Collect each backward pass's own gradient before it is accumulated.

        A backward pass reaches every parameter once: the first parameter met again begins the next pass.
        """
        sizes = self._sizes
        starts = [sum(sizes[:i]) for i in range(len(sizes))]
        reached: set[int] = set()

        def hook(number: int) -> Callable[[Tensor], None]:
            def on_gradient(gradient: Tensor) -> None:
                since = self._since
                if number in reached or not since.gradients:
                    reached.clear()
                    self._begin_backward(gradient, sum(sizes))
                reached.add(number)
                part = gradient.detach().double().flatten()
                since.gradients[-1][starts[number] : starts[number] + sizes[number]] = part

            return on_gradient

        for number, parameter in enumerate(self._parameters):
            if parameter.requires_grad:
                parameter.register_hook(hook(number))

    def _begin_backward(self, gradient: Tensor, size: int) -> None:
        if not self._since.gradients:
            self._since.leftover = flat([p.grad for p in self._parameters], self._parameters)
        self._since.gradients.append(torch.zeros(size, dtype=torch.float64, device=gradient.device))
        self.backward_passes += 1

    def _functional_gradient(self) -> Tensor | None:
        """The gradient of the last loss, for loops that take it with `torch.func`, of which no hook hears."""
        if self._since.batch is None:
            return None
        images, labels = self._since.batch
        if labels.ndim != 1 or len(labels) != len(images):
            return None
        names = [name for name, _ in self.model.named_parameters()]
        copies = [p.detach().clone().requires_grad_() for p in self._parameters]
        self._looking = True
        try:
            with torch.enable_grad():
                scores = torch.func.functional_call(self.model, dict(zip(names, copies, strict=True)), (images,))
                loss = nn.functional.cross_entropy(scores, labels)
        finally:
            self._looking = False
        return flat(torch.autograd.grad(loss, copies, allow_unused=True), copies)

    def _note(self) -> None:
        """The given optimizer makes a step."""
        g = flat([p.grad for p in self._parameters], self._parameters)
        if not self._since.gradients and float(g.norm()) > 0:
            self._take_functional(g)
        since, self._since = self._since, _Since()
        own = torch.stack(since.gradients).sum(0) if since.gradients else torch.zeros_like(g)
        nearest = [own, *since.gradients[-1:]]
        old = since.leftover
        self.steps.append(
            Step(
                epoch=self.passes,
                labels=since.labels,
                handed=since.handed,
                rows=since.rows,
                backward_passes=len(since.gradients),
                forward_after_backward=False,
                training=since.training,
                gradient_norm=float(g.norm()),
                residual=min(clipped_residual(g, f) for f in nearest),
                cosine=max(cosine(balanced(g, self._sizes), balanced(f, self._sizes)) for f in nearest),
                carried=carried(g, own, old) if old is not None and bool(old.any()) else 0.0,
                jump=self._jump(),
                objective=since.objective,
            )
        )

    def _jump(self) -> float:
        if self._after_step is None:
            return 0.0
        moved = flat(self._parameters, self._parameters) - self._after_step
        return float(moved.norm() / self._after_step.norm().clamp_min(1e-12))

    def _take_functional(self, g: Tensor) -> None:
        mode = list(self._since.training) or [self.model.training]
        f = self._functional_gradient()
        if f is None or cosine(g, f) < 0.5:
            return
        assert self._since.batch is not None
        labels = [int(label) for label in self._since.batch[1]]
        self._since = _Since([f], None, labels, self._since.handed, mode, len(labels), batch=self._since.batch)
        self.backward_passes += 1
        self.losses[-1] = replace(self.losses[-1], trained=True)

    def weights_changed(self) -> bool:
        """Whether the model ends with other weights than it began with."""
        now = list(self.model.parameters())
        return len(now) != len(self._parameters) or bool((flat(now, now) != self._initial).any())

    def finished_steps(self) -> list[Step]:
        """The steps, those marked that came between a forward pass and its backward pass."""
        return [replace(step, forward_after_backward=number in self._late) for number, step in enumerate(self.steps)]

    @contextlib.contextmanager
    def watching(self, optimizer: torch.optim.Optimizer) -> Iterator[None]:
        """Note the steps of `optimizer` (and of one that it holds), and the roots of backward passes."""
        before = register_optimizer_step_pre_hook(lambda *call: self._before_step(optimizer, *call))
        after = register_optimizer_step_post_hook(lambda *call: self._step_made())
        plain: Callable[..., Any] = torch.Tensor.backward

        def backward(root: Tensor, *arguments: Any, **named: Any) -> Any:
            if root.numel() == 1:
                self._since.objective = float(root.detach())
            return plain(root, *arguments, **named)

        torch.Tensor.backward = backward  # type: ignore[method-assign, assignment]
        try:
            yield
        finally:
            torch.Tensor.backward = plain  # type: ignore[method-assign]
            before.remove()
            after.remove()

    def _before_step(self, given: Any, optimizer: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
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
        self._depth = max(0, self._depth - 1)
        self._after_step = flat(self._parameters, self._parameters)


class RecordingCriterion(nn.CrossEntropyLoss):
    """Cross-entropy that tells the recorder of each call; the sum over the batch where `reduction` says so."""

    def __init__(self, recorder: Recorder, reduction: str) -> None:
        super().__init__(reduction=reduction)
        self._recorder = recorder

    def forward(self, scores: Tensor, labels: Tensor) -> Tensor:
        """The loss of scores (N, 10)."""
        loss = super().forward(scores, labels)
        self._recorder.lost(loss, labels, len(scores))
        return loss


class SmallModel(nn.Module):
    """784 → 16 → 10."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(784, 16)
        self.out = nn.Linear(16, N_CLASSES)
        nn.init.normal_(self.out.weight, std=1.0)  # losses that differ clearly from batch to batch

    def forward(self, images: Tensor) -> Tensor:
        """Scores (N, 10)."""
        hidden: Tensor = self.hidden(images.flatten(1)).tanh()
        scores: Tensor = self.out(hidden)
        return scores
