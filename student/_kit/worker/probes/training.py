"""Probes of `train`: let it run on a tiny set with recording objects, and see where its batches arrive.

`train` is given a small model, criterion, optimizer and loader of ours (see `given`), which tell what is done with them
(see `recording`). Each sample has a label of its own, so the labels a loss was computed with tell which samples a step
is about, whatever was done to the images.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ...protocol.loops import DeviceUse, Loop
from ...protocol.observations import N_CLASSES
from ..bench import Bench
from ..loader import BatchLoader, DigitSet
from .given import (
    BATCH_SIZE,
    META,
    SAMPLES,
    DeviceCriterion,
    DeviceModel,
    DevicesKnown,
    Parts,
    RecordingCriterion,
    known_images,
    noise_images,
    our_parts,
    own_parts,
    recorded_set,
    tiny_set,
)
from .recording import Recorder, TooMuch, at_backward
from .returned import numbers_in

LONG_BATCHES, LONG_BATCH_SIZE = 200, 2
"""One epoch that is long enough to see that all of it is trained on."""
DEVICE_EPOCHS = 2
"""One would leave a loop that is one epoch short with nothing to show."""


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


@dataclass
class _Ran:
    """One run of `train`."""

    recorder: Recorder
    parts: Parts
    returned: Any = None
    endless: bool = False


def _run(bench: Bench, parts: Parts, n_epochs: int, reduction: str) -> _Ran:
    """Let `train` run with `parts` and a recorder."""
    ran = _Ran(Recorder(parts.model, known_images()), parts)
    criterion = RecordingCriterion(ran.recorder, reduction)
    bench.seeded()
    try:
        with ran.recorder.watching(parts.optimizer):
            train = bench.part("training", "train")
            loader = recorded_set(ran.recorder)
            ran.returned = train(parts.model, loader, criterion, parts.optimizer, n_epochs, bench.device)
    except TooMuch:
        ran.endless = True
    return ran


def _run_with_either(bench: Bench, n_epochs: int, reduction: str) -> _Ran:
    """With our parts; where `train` cannot work with those, with the submission's own."""
    try:
        return _run(bench, our_parts(bench), n_epochs, reduction)
    except Exception as error:  # noqa: BLE001 - whatever it cannot work with
        try:
            return _run(bench, own_parts(bench), n_epochs, reduction)
        except Exception:  # noqa: BLE001 - what went wrong first is what is told
            raise error from None


def _long_epoch(bench: Bench, reduction: str) -> int:
    """How many samples are trained on in one epoch of many batches; 0 where that cannot be told."""
    parts, rows = our_parts(bench), 0

    def trained(n: int) -> None:
        nonlocal rows
        rows += n

    def forwarded(_module: nn.Module, _arguments: Any, scores: Tensor) -> None:
        at_backward(scores, lambda: trained(len(scores)))

    parts.model.register_forward_hook(forwarded)
    samples = LONG_BATCHES * LONG_BATCH_SIZE
    digits = DigitSet(noise_images(samples), torch.arange(samples) % N_CLASSES)
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
    recorder, samples, calls = ran.recorder, ran.recorder.samples, ran.recorder.calls
    steps = recorder.steps()
    values, tensors = numbers_in(ran.returned)
    watch_long = ran.parts.ours and not ran.endless and samples.passes >= n_epochs and bool(steps)
    return Loop(
        n_samples=SAMPLES,
        batch_size=BATCH_SIZE,
        n_epochs=n_epochs,
        steps=steps,
        losses=calls.losses,
        summed=reduction == "sum",
        loader_passes=samples.passes,
        data_read=bool(samples.read),
        model_calls=calls.model_calls,
        copy_calls=calls.copy_calls,
        backward_passes=recorder.gradients.backward_passes,
        foreign_steps=recorder.foreign_steps,
        matched=samples.matched,
        mismatched=samples.mismatched,
        weights_changed=recorder.weights_changed(),
        long_samples=LONG_BATCHES * LONG_BATCH_SIZE if watch_long else 0,
        long_trained=_long_epoch(bench, reduction) if watch_long else 0,
        returned_kind=type(ran.returned).__name__[:80],
        returned=values,
        returned_tensors=tensors,
        endless=ran.endless,
    )


def _setting(bench: Bench) -> Any:
    """The submission's N_EPOCHS, None where it has none."""
    try:
        return bench.part("objective", "N_EPOCHS")
    except Exception:  # noqa: BLE001 - `load` tells about it
        return None


def _arrivals(bench: Bench, model: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, str]:
    """The devices of images and labels, as far as they came to `model` and the criterion."""
    seen: dict[str, str] = {}
    model.register_forward_pre_hook(lambda _, arguments: seen.setdefault("images", arguments[0].device.type) and None)
    bench.seeded()
    try:
        train = bench.part("training", "train")
        train(model, tiny_set(), DeviceCriterion(seen), optimizer, DEVICE_EPOCHS, META)
    except DevicesKnown:
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
    model = DeviceModel().to(META)
    seen = _arrivals(bench, model, torch.optim.SGD(model.parameters(), lr=0.1))
    if not seen:  # it did not come as far as the model: perhaps it only fits its own
        try:
            own = own_parts(bench)
            seen = _arrivals(bench, own.model.to(META), own.optimizer)
        except Exception:  # noqa: BLE001 - other probes tell what is wrong with those
            seen = {}
    return DeviceUse(META.type, seen.get("images", "nowhere"), seen.get("labels", "nowhere"))
