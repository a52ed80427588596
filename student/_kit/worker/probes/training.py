"""Probes of `train`: what happens, step by step, while it runs on a tiny set with recording objects.

Theory of operation
-------------------
`train` is given a small model, criterion, optimizer and loader of ours. They behave as torch's own (most are
subclasses of those) and write down what is done with them. The set has ten samples in batches of 4, 4 and 2, and each
sample has a label of its own, so the labels a loss was computed with tell which samples a step is about, whatever was
done to the images.

The heart is one comparison at every `optimizer.step()`: the gradient g the parameters hold now against the gradient f
that backward passes have brought since the last step. Hooks on the parameters see each backward pass's gradient before
it is accumulated, so no assumption about the forward pass is needed: augmentation, penalties, a scaled loss, clipping
all keep g = c·f with some c > 0. What is left of g after the best such c is the part that belongs to other batches.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from ...protocol.observations import MAX_LOSSES, N_CLASSES, DeviceUse, Loop, LossCall, Step
from ..bench import Bench
from ..loader import BatchLoader, DigitSet

SAMPLES, BATCH_SIZE = 10, 4
DEVICE_EPOCHS = 2
"""One would leave a loop that is one epoch short with nothing to show."""
_MAX_EVENTS = 2000


class _TooMuch(BaseException):
    """`train` has done far more than it was asked for; a BaseException, so that no `except Exception` keeps it."""


@dataclass
class _Record:
    """Everything that was seen, and the sums the next step will be compared with."""

    passes: int = 0
    reads: int = 0
    model_calls: int = 0
    copy_calls: int = 0
    backward_passes: int = 0
    zero_grads: int = 0
    steps: list[Step] = field(default_factory=list)
    losses: list[LossCall] = field(default_factory=list)
    since: list[Tensor] = field(default_factory=list)
    """One flat gradient per backward pass since the last step."""
    total: Tensor | None = None
    labels: list[int] = field(default_factory=list)
    training: list[bool] = field(default_factory=list)
    batches: int = 0
    stale: bool = False

    def forget_step(self) -> None:
        self.since, self.labels, self.training, self.batches, self.stale = [], [], [], 0, False


class _Model(nn.Module):
    """784 → 16 → 10; knows itself from a copy."""

    def __init__(self, record: _Record) -> None:
        super().__init__()
        self.hidden = nn.Linear(784, 16)
        self.out = nn.Linear(16, N_CLASSES)
        nn.init.normal_(self.out.weight, std=1.0)  # losses that differ clearly from batch to batch
        self._record = record
        self._original = id(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> _Model:
        twin = copy.copy(self)
        twin._modules = copy.deepcopy(self._modules, memo)
        return twin

    def forward(self, images: Tensor) -> Tensor:
        record = self._record
        if id(self) != self._original:
            record.copy_calls += 1
        else:
            record.model_calls += 1
            if torch.is_grad_enabled():
                record.training.append(self.training)
                record.stale = bool(record.since)
                record.batches += 1
        if record.model_calls + record.copy_calls > _MAX_EVENTS:
            raise _TooMuch
        hidden: Tensor = self.hidden(images.flatten(1)).tanh()
        scores: Tensor = self.out(hidden)
        return scores


class _Criterion(nn.CrossEntropyLoss):
    """Cross-entropy that notes value, samples and labels of each call."""

    def __init__(self, record: _Record) -> None:
        super().__init__()
        self._record = record

    def forward(self, scores: Tensor, labels: Tensor) -> Tensor:
        record = self._record
        loss = super().forward(scores, labels)
        named = labels if labels.ndim == 1 else labels.argmax(1)
        if loss.requires_grad:
            record.labels += [int(label) for label in named]
        record.losses.append(LossCall(record.passes, float(loss.detach()), len(scores), loss.requires_grad))
        return loss


def _flat(gradients: Sequence[Tensor | None], like: Sequence[Tensor]) -> Tensor:
    parts = [torch.zeros_like(p) if g is None else g for g, p in zip(gradients, like, strict=True)]
    return torch.cat([part.detach().double().flatten() for part in parts])


def _residual(gradient: Tensor, brought: Tensor | None) -> float:
    """‖g − c·f‖ / ‖g‖ at the best c > 0; 1.0 where there is nothing to compare."""
    if brought is None:
        return 1.0
    g, f = float(gradient.norm()), float(brought.norm())
    if not (g > 0 and f > 0):
        return 1.0
    cosine = float(gradient @ brought) / (g * f)
    return max(0.0, 1 - cosine * cosine) ** 0.5 if cosine > 0 else 1.0


def _residual_clipped(gradient: Tensor, brought: Tensor | None) -> float:
    """The same, with clipping by value allowed for: no entry of the gradient is larger than its largest."""
    if brought is None:
        return 1.0
    bound = float(gradient.abs().max())
    return min(_residual(gradient, brought), _residual(gradient, brought.clamp(-bound, bound)))


class _Optimizer(torch.optim.SGD):
    """Plain SGD that compares the gradient it is handed with what backward passes have brought."""

    def __init__(self, parameters: list[Tensor], record: _Record) -> None:
        super().__init__(parameters, lr=0.01)
        self._record = record
        self._tensors = parameters

    def zero_grad(self, set_to_none: bool = True) -> None:
        self._record.zero_grads += 1
        super().zero_grad(set_to_none)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        if closure is None:
            self._note()
            return super().step()
        with torch.enable_grad():
            loss = closure()
        self._note()
        super().step()
        return loss

    def _note(self) -> None:
        record = self._record
        gradient = _flat([p.grad for p in self._tensors], self._tensors)
        own = torch.stack(record.since).sum(0) if record.since else None
        if own is not None:
            record.total = own if record.total is None else record.total + own
        record.steps.append(
            Step(
                epoch=record.passes,
                labels=list(record.labels),
                batches=record.batches,
                backward_passes=len(record.since),
                forward_after_backward=record.stale,
                training=list(record.training),
                gradient_norm=float(gradient.norm()),
                own=_residual_clipped(gradient, own),
                last=_residual_clipped(gradient, record.since[-1] if record.since else None),
                total=_residual(gradient, record.total),
            )
        )
        record.forget_step()


def _watch_backward(parameters: list[Tensor], record: _Record) -> None:
    """Collect each backward pass's own gradient, one flat vector per pass, before it is accumulated.

    A backward pass reaches every parameter once: the first parameter met again begins the next pass.
    """
    sizes = [p.numel() for p in parameters]
    starts = [sum(sizes[:i]) for i in range(len(sizes))]
    reached: set[int] = set()

    def hook(number: int) -> Callable[[Tensor], None]:
        def on_gradient(gradient: Tensor) -> None:
            if number in reached or not record.since:
                reached.clear()
                record.since.append(torch.zeros(sum(sizes), dtype=torch.float64, device=gradient.device))
                record.backward_passes += 1
            reached.add(number)
            part = gradient.detach().double().flatten()
            record.since[-1][starts[number] : starts[number] + sizes[number]] = part
            record.stale = False

        return on_gradient

    for number, parameter in enumerate(parameters):
        parameter.register_hook(hook(number))


def _tiny_set(record: _Record) -> BatchLoader:
    """Ten samples, each of a class of its own."""
    generator = torch.Generator().manual_seed(7)
    images = torch.randint(0, 256, (SAMPLES, 28, 28), generator=generator, dtype=torch.uint8)
    images[:, :4] = images[:, -4:] = 0

    def on_pass() -> None:
        record.passes += 1

    def on_read(n: int) -> None:
        record.reads += n

    return BatchLoader(DigitSet(images, torch.arange(SAMPLES), on_read), BATCH_SIZE, seed=11, on_pass=on_pass)


def _as_numbers(returned: Any) -> tuple[list[float], bool]:
    """The numbers of a returned sequence (none where it holds anything else), and whether some still carry a graph."""
    items = returned.tolist() if hasattr(returned, "tolist") else returned
    if not isinstance(items, list | tuple):
        return [], False
    items = list(items)[:MAX_LOSSES]
    try:
        return [float(item) for item in items], any(isinstance(item, Tensor) and item.requires_grad for item in items)
    except (TypeError, ValueError):
        return [], False


def loop(bench: Bench) -> Loop:
    """Let `train` run for a few epochs on the tiny set and write down what it does."""
    train = bench.part("training", "train")
    n_epochs = 4 if _setting(bench) == 3 else 3  # never the submission's own number
    record = _Record()
    torch.manual_seed(3)
    model = _Model(record).to(bench.device).eval()
    parameters: list[Tensor] = list(model.parameters())
    before = _flat(parameters, parameters)
    _watch_backward(parameters, record)
    loader = _tiny_set(record)
    bench.seeded()
    returned, endless = None, False
    try:
        returned = train(model, loader, _Criterion(record), _Optimizer(parameters, record), n_epochs, bench.device)
    except _TooMuch:
        endless = True
    values, tensors = _as_numbers(returned)
    after = _flat(list(model.parameters()), list(model.parameters()))
    return Loop(
        n_samples=SAMPLES,
        batch_size=BATCH_SIZE,
        n_epochs=n_epochs,
        steps=record.steps,
        losses=record.losses,
        loader_passes=record.passes,
        dataset_reads=record.reads,
        model_calls=record.model_calls,
        copy_calls=record.copy_calls,
        backward_passes=record.backward_passes,
        zero_grads=record.zero_grads,
        weights_changed=bool((after != before).any()) if after.shape == before.shape else True,
        returned_kind=type(returned).__name__[:80],
        returned=values,
        returned_tensors=tensors,
        endless=endless,
    )


def _setting(bench: Bench) -> Any:
    try:
        return bench.part("objective", "N_EPOCHS")
    except Exception:  # noqa: BLE001 - `load` tells about it
        return None


class _Enough(BaseException):
    """Both devices are known; a BaseException, so that no `except Exception` in `train` keeps it."""


class _DeviceModel(nn.Module):
    def __init__(self, seen: dict[str, str]) -> None:
        super().__init__()
        self.out = nn.Linear(784, N_CLASSES)
        self._seen = seen

    def forward(self, images: Tensor) -> Tensor:
        self._seen.setdefault("images", images.device.type)
        scores: Tensor = self.out(images.flatten(1).to(self.out.weight.device))
        return scores


class _DeviceCriterion(nn.CrossEntropyLoss):
    def __init__(self, seen: dict[str, str]) -> None:
        super().__init__()
        self._seen = seen

    def forward(self, scores: Tensor, labels: Tensor) -> Tensor:  # noqa: ARG002 - the signature of a loss
        self._seen.setdefault("labels", labels.device.type)
        raise _Enough


def device(bench: Bench) -> DeviceUse:
    """Tell `train` to use a device that is not the CPU and see where the batches arrive.

    The device is torch's "meta", which exists on every machine and computes nothing. Code that asks it for a value
    fails with a message that names it, and has thereby shown that its tensors were there.
    """
    train = bench.part("training", "train")
    seen: dict[str, str] = {}
    meta = torch.device("meta")
    model = _DeviceModel(seen).to(meta)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    bench.seeded()
    try:
        train(model, _tiny_set(_Record()), _DeviceCriterion(seen), optimizer, DEVICE_EPOCHS, meta)
    except _Enough:
        pass
    except Exception as error:  # noqa: BLE001 - "meta" supports little: what counts is how far it came
        if "meta" in str(error).lower():
            seen.setdefault("images", "meta")
            seen.setdefault("labels", "meta")
    return DeviceUse("meta", seen.get("images", "nowhere"), seen.get("labels", "nowhere"))
