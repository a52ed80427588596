"""Probes of `train`: let it run on a tiny set with recording objects, and see where its batches arrive.

`train` is given a small model, criterion, optimizer and loader of ours, which behave as torch's own and tell what is
done with them (see `recording`). The set has ten samples in batches of 4, 4 and 2, and each sample has a label of its
own, so the labels a loss was computed with tell which samples a step is about, whatever was done to the images. Where
`train` only fits the submission's own network or optimizer, it gets those.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ...protocol.loops import DeviceUse, Loop
from ...protocol.observations import MAX_LOSSES, N_CLASSES
from ..bench import Bench
from ..loader import BatchLoader, DigitSet
from .recording import Recorder, RecordingCriterion, SmallModel, TooMuch, at_backward

SAMPLES, BATCH_SIZE = 10, 4
LONG_BATCHES, LONG_BATCH_SIZE = 200, 2
"""One epoch that is long enough to see that all of it is trained on."""
DEVICE_EPOCHS = 2
"""One would leave a loop that is one epoch short with nothing to show."""


def _images(samples: int) -> Tensor:
    """Noise with dark margins, uint8 (samples, 28, 28)."""
    generator = torch.Generator().manual_seed(7)
    images = torch.randint(0, 256, (samples, 28, 28), generator=generator, dtype=torch.uint8)
    images[:, :4] = images[:, -4:] = 0
    return images


def _tiny_set(recorder: Recorder | None = None) -> BatchLoader:
    """Ten samples, each of a class of its own."""
    seen: dict[str, Callable[..., None]] = {}
    on_read: Callable[[Any], None] = recorder.handed if recorder else lambda indices: None
    if recorder:
        seen["on_pass"] = recorder.passed
    digits = DigitSet(_images(SAMPLES), torch.arange(SAMPLES), on_read)
    return BatchLoader(digits, BATCH_SIZE, seed=11, **seen)


def _as_numbers(returned: Any) -> tuple[list[float], bool]:
    """The numbers of a returned sequence (none where it holds anything else), and whether some still carry a graph."""
    items = returned.tolist() if hasattr(returned, "tolist") else returned
    if not isinstance(items, list | tuple):
        return [], False
    items = list(items)[:MAX_LOSSES]
    if any(isinstance(item, str | bytes) for item in items):
        return [], False
    try:
        return [float(item) for item in items], any(isinstance(item, Tensor) and item.requires_grad for item in items)
    except (TypeError, ValueError):
        return [], False


def _reduction(bench: Bench) -> str:
    """Whether the submission's own criterion sums over the batch: `train` may rightly count on that."""
    try:
        criterion = bench.part("objective", "make_criterion")()
        generator = torch.Generator().manual_seed(5)
        scores = torch.rand(4, N_CLASSES, generator=generator).softmax(1).log()
        labels = torch.arange(4)
        once, twice = criterion(scores, labels), criterion(scores.repeat(2, 1), labels.repeat(2))
        return "sum" if 1.99 < float(twice) / float(once) < 2.01 else "mean"
    except Exception:  # noqa: BLE001 - `criterion` tells what is wrong with it
        return "mean"


@dataclass(frozen=True)
class _Parts:
    """A model and an optimizer over it, and whether they are ours."""

    model: nn.Module
    optimizer: torch.optim.Optimizer
    ours: bool


def _our_parts(bench: Bench) -> _Parts:
    torch.manual_seed(3)
    model = SmallModel().to(bench.device).eval()
    return _Parts(model, torch.optim.SGD(model.parameters(), lr=0.01), ours=True)


def _own_parts(bench: Bench) -> _Parts:
    net = bench.net()
    with torch.no_grad():
        bench.scores(net.eval(), bench.images[:2])  # gives lazy layers their shapes
    return _Parts(net, bench.part("objective", "make_optimizer")(net), ours=False)


@dataclass
class _Ran:
    """One run of `train`."""

    recorder: Recorder
    parts: _Parts
    returned: Any = None
    endless: bool = False


def _run(bench: Bench, parts: _Parts, n_epochs: int, reduction: str) -> _Ran:
    known = _images(SAMPLES).unsqueeze(1).float().div_(255)
    ran = _Ran(Recorder(parts.model, known), parts)
    criterion = RecordingCriterion(ran.recorder, reduction)
    bench.seeded()
    try:
        with ran.recorder.watching(parts.optimizer):
            train = bench.part("training", "train")
            loader = _tiny_set(ran.recorder)
            ran.returned = train(parts.model, loader, criterion, parts.optimizer, n_epochs, bench.device)
    except TooMuch:
        ran.endless = True
    return ran


def _run_with_either(bench: Bench, n_epochs: int, reduction: str) -> _Ran:
    """With our parts; where `train` cannot work with those, with the submission's own."""
    try:
        return _run(bench, _our_parts(bench), n_epochs, reduction)
    except Exception as error:  # noqa: BLE001 - whatever it cannot work with
        try:
            return _run(bench, _own_parts(bench), n_epochs, reduction)
        except Exception:  # noqa: BLE001 - what went wrong first is what is told
            raise error from None


def _long_epoch(bench: Bench, reduction: str) -> int:
    """How many samples are trained on in one epoch of many batches; 0 where that cannot be told."""
    parts, rows = _our_parts(bench), 0

    def trained(n: int) -> None:
        nonlocal rows
        rows += n

    def forwarded(_module: nn.Module, _arguments: Any, scores: Tensor) -> None:
        at_backward(scores, lambda: trained(len(scores)))

    parts.model.register_forward_hook(forwarded)
    samples = LONG_BATCHES * LONG_BATCH_SIZE
    digits = DigitSet(_images(samples), torch.arange(samples) % N_CLASSES)
    loader = BatchLoader(digits, LONG_BATCH_SIZE, seed=11)
    criterion = nn.CrossEntropyLoss(reduction=reduction)
    bench.seeded()
    try:
        bench.part("training", "train")(parts.model, loader, criterion, parts.optimizer, 1, bench.device)
    except Exception:  # noqa: BLE001 - that it runs has been seen before
        return 0
    return rows


def loop(bench: Bench) -> Loop:
    """Let `train` run for a few epochs on the tiny set and write down what it does."""
    n_epochs = 4 if _setting(bench) == 3 else 3  # never the submission's own number
    bench.part("training", "train")
    reduction = _reduction(bench)
    ran = _run_with_either(bench, n_epochs, reduction)
    recorder = ran.recorder
    values, tensors = _as_numbers(ran.returned)
    watch_long = ran.parts.ours and not ran.endless and recorder.passes >= n_epochs and bool(recorder.steps)
    return Loop(
        n_samples=SAMPLES,
        batch_size=BATCH_SIZE,
        n_epochs=n_epochs,
        steps=recorder.finished_steps(),
        losses=recorder.losses,
        summed=reduction == "sum",
        loader_passes=recorder.passes,
        data_read=bool(recorder.read),
        model_calls=recorder.model_calls,
        copy_calls=recorder.copy_calls,
        backward_passes=recorder.backward_passes,
        foreign_steps=recorder.foreign_steps,
        matched=recorder.matched,
        mismatched=recorder.mismatched,
        weights_changed=recorder.weights_changed(),
        long_samples=LONG_BATCHES * LONG_BATCH_SIZE if watch_long else 0,
        long_trained=_long_epoch(bench, reduction) if watch_long else 0,
        returned_kind=type(ran.returned).__name__[:80],
        returned=values,
        returned_tensors=tensors,
        endless=ran.endless,
    )


def _setting(bench: Bench) -> Any:
    try:
        return bench.part("objective", "N_EPOCHS")
    except Exception:  # noqa: BLE001 - `load` tells about it
        return None


class _Enough(BaseException):
    """Both devices are known; a BaseException, so that no `except Exception` in `train` keeps it."""


class _DeviceModel(nn.Module):
    """Takes images from any device, so that the labels are seen too."""

    def __init__(self) -> None:
        super().__init__()
        self.out = nn.Linear(784, N_CLASSES)

    def forward(self, images: Tensor) -> Tensor:
        scores: Tensor = self.out(images.flatten(1).to(self.out.weight.device))
        return scores


class _DeviceCriterion(nn.CrossEntropyLoss):
    def __init__(self, seen: dict[str, str]) -> None:
        super().__init__()
        self._seen = seen

    def forward(self, scores: Tensor, labels: Tensor) -> Tensor:  # noqa: ARG002 - the signature of a loss
        self._seen.setdefault("labels", labels.device.type)
        raise _Enough


_META = torch.device("meta")


def _arrivals(bench: Bench, model: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, str]:
    """The devices of images and labels, as far as they came to `model` and the criterion."""
    seen: dict[str, str] = {}
    model.register_forward_pre_hook(lambda _, arguments: seen.setdefault("images", arguments[0].device.type) and None)
    bench.seeded()
    try:
        train = bench.part("training", "train")
        train(model, _tiny_set(), _DeviceCriterion(seen), optimizer, DEVICE_EPOCHS, _META)
    except _Enough:
        pass
    except Exception as error:  # noqa: BLE001 - "meta" supports little: what counts is how far it came
        if "meta" in str(error).lower():
            seen.setdefault("images", "meta")
            seen.setdefault("labels", "meta")
    return seen


def device(bench: Bench) -> DeviceUse:
    """Tell `train` to use a device that is not the CPU and see where the batches arrive.

    The device is torch's "meta", which exists on every machine and computes nothing. Code that asks it for a value
    fails with a message that names it, and has thereby shown that its tensors were there.
    """
    bench.part("training", "train")
    model = _DeviceModel().to(_META)
    seen = _arrivals(bench, model, torch.optim.SGD(model.parameters(), lr=0.1))
    if not seen:  # it did not come as far as the model: perhaps it only fits its own
        try:
            own = _own_parts(bench)
            seen = _arrivals(bench, own.model.to(_META), own.optimizer)
        except Exception:  # noqa: BLE001 - other probes tell what is wrong with those
            seen = {}
    return DeviceUse(_META.type, seen.get("images", "nowhere"), seen.get("labels", "nowhere"))
