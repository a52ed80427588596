"""Probes of `train` on a tiny set.

The parts are ours; it is also seen where batches arrive.

`train` is given a small model, criterion, optimizer and loader of ours (see `given`), and what is done with them is
seen (see `recording`). Each sample has a label of its own, so the labels a loss was computed with tell which samples a
step is about, whatever was done to the images.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_pre_hook

from ...protocol.loops import NOWHERE, DeviceUse, Loop, Runs
from ...protocol.observations import N_CLASSES
from ..bench import Bench
from ..calling import call
from ..loader import BatchLoader, DigitSet
from ..partly import exhausted
from ..uncalled import uncalled
from .given import (
    META,
    SAMPLES,
    DeviceCriterion,
    DeviceModel,
    DevicesKnown,
    noise_images,
    our_parts,
    own_parts,
    tiny_set,
)
from .recording import at_backward
from .recording.telling import told
from .rehearsal import Rehearsal, rehearsals
from .returned import numbers_in

LONG_BATCHES, LONG_BATCH_SIZE = 200, 2
"""Batches of an epoch that is long enough. One can see that all of it is trained on."""
DEVICE_EPOCHS = 2
"""Epochs in the probe of devices. One would leave a loop that is one epoch short with nothing to show."""


class _Rows:
    """Counts the rows that are trained on. It goes by forward passes or, where none is heard of, by losses."""

    def __init__(self) -> None:
        self._forward = self._losses = 0

    def note_forward(self, module: nn.Module, images: Any, scores: Any) -> None:  # noqa: ARG002 - a hearer's arguments
        """Count a forward pass once it is backpropagated."""
        at_backward(scores, lambda: self._add(forward=len(scores)))

    def note_loss(self, loss: Tensor, labels: Tensor, n: int) -> None:  # noqa: ARG002 - a hearer's arguments
        """Count a loss in the same way."""
        at_backward(loss, lambda: self._add(losses=n))

    def _add(self, forward: int = 0, losses: int = 0) -> None:
        self._forward += forward
        self._losses += losses

    @property
    def trained(self) -> int:
        """The rows trained on."""
        return self._forward or self._losses


def _long_epoch(bench: Bench, reduction: str) -> int:
    """Count samples trained on in a long epoch. It has many batches; 0 where that cannot be told."""
    parts, rows = our_parts(bench, reduction), _Rows()
    samples = LONG_BATCHES * LONG_BATCH_SIZE
    digits = DigitSet(noise_images(samples), torch.arange(samples) % N_CLASSES)
    loader = BatchLoader(digits, LONG_BATCH_SIZE, seed=11)
    bench.seeded()
    try:
        with told(rows):
            train = bench.part("training", "train")
            call(train, parts.model, loader, parts.criterion, parts.optimizer, 1, bench.device)
    except Exception:  # noqa: BLE001 - that it runs has been seen before
        return 0
    return rows.trained


def runs(bench: Bench) -> Runs:
    """Run `train` and see whether it ends. Raises whatever `train` raises."""
    both = rehearsals(bench)
    if both.raised is not None:
        raise both.raised
    return Runs(both.judged.endless)


def _watches_long(run: Rehearsal) -> bool:
    """Whether a long epoch would show anything further."""
    recorder = run.recorder
    steps = recorder.steps()
    whole = run.works and recorder.samples.passes >= run.n_epochs and all(step.backward_passes for step in steps)
    return run.parts.ours and whole and bool(steps)


def loop(bench: Bench) -> Loop:
    """Record `train` for a few epochs. It runs on the tiny set."""
    both = rehearsals(bench)
    run, recorder, report = both.judged, both.judged.recorder, both.judged.report
    samples, calls = recorder.samples, recorder.calls
    watch_long = _watches_long(run)
    return Loop(
        n_samples=SAMPLES,
        batch_size=run.batch_size,
        n_epochs=run.n_epochs,
        steps=report.steps,
        losses=report.losses,
        summed=report.summed,
        loader_passes=report.loader_passes,
        data_read=bool(samples.read),
        model_calls=calls.model_calls,
        copy_calls=calls.copy_calls,
        backward_passes=recorder.gradients.backward_passes,
        foreign_steps=recorder.foreign_steps,
        matched=samples.matched,
        mismatched=samples.mismatched,
        weights_changed=recorder.weights_changed(),
        long_samples=LONG_BATCHES * LONG_BATCH_SIZE if watch_long else 0,
        long_trained=_long_epoch(bench, run.reduction) if watch_long else 0,
        returned_kind=run.returned_kind,
        returned=report.returned,
        returned_tensors=numbers_in(run.returned)[1],
        finished=run.works,
        called_otherwise=run.works and both.raised is not None,
        unusable_after=run.unusable_after,
        with_own=both.own.report if both.own is not None else None,
        uncalled=uncalled(bench.part("training", "train"), bench.package),
    )


class _Arrivals:
    """Notes the devices of images and labels. It ends the training when both are known."""

    def __init__(self, model: nn.Module) -> None:
        self.seen: dict[str, str] = {}
        self._model = model

    def note_forward(self, module: nn.Module, images: Any, scores: Any) -> None:  # noqa: ARG002 - a hearer's arguments
        """Note where images have come to the model."""
        if isinstance(images, Tensor):
            self.seen.setdefault("images", images.device.type)

    def note_loss(self, loss: Tensor, labels: Tensor, n: int) -> None:  # noqa: ARG002 - a hearer's arguments
        """Raise `DevicesKnown`."""
        self.seen.setdefault("labels", labels.device.type)
        raise DevicesKnown

    @contextlib.contextmanager
    def hearing(self) -> Iterator[None]:
        """Hear of images before a model uses them. The model, or a part of it, is the submission's own."""
        parts = {id(part) for part in nn.Module.modules(self._model)}

        def called(module: nn.Module, arguments: tuple[Any, ...]) -> None:
            if id(module) in parts and arguments:
                self.note_forward(module, arguments[0], None)

        hook = register_module_forward_pre_hook(called)
        try:
            with told(self):
                yield
        finally:
            hook.remove()


def _arrivals(bench: Bench, model: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, str]:
    """Return the devices of images and labels. They are known as far as they came to `model` and the criterion."""
    arrivals = _Arrivals(model)
    seen = arrivals.seen
    bench.seeded()
    try:
        train = bench.part("training", "train")
        with arrivals.hearing():
            call(exhausted, call(train, model, tiny_set(), DeviceCriterion(), optimizer, DEVICE_EPOCHS, META))
    except DevicesKnown:
        pass
    except Exception as error:  # noqa: BLE001 - "meta" supports little: what counts is how far it came
        said = str(error).lower()
        # one that names both tells of tensors in two places, and one of `to_empty` that the model was moved away
        if "meta" in said and "cpu" not in said and "to_empty" not in said:
            seen.setdefault("images", "meta")
            seen.setdefault("labels", "meta")
    return seen


def device(bench: Bench) -> DeviceUse:
    """See where batches arrive on another device.

    `train` is told to use one that is not the CPU.

    The device is torch's "meta", which exists on every machine and computes nothing. Code that asks it for a value
    fails with a message that names it, and has thereby shown that its tensors were there.
    """
    rehearsals(bench)  # where `train` does not come back, it is not asked again
    model = DeviceModel().to(META)
    seen = _arrivals(bench, model, torch.optim.SGD(model.parameters(), lr=0.1))
    if "labels" not in seen:  # it did not come as far as the criterion: perhaps it only fits its own model
        with contextlib.suppress(Exception):  # other probes tell what is wrong with those
            own = own_parts(bench, "mean")
            seen = seen | _arrivals(bench, own.model.to(META), own.optimizer)
    return DeviceUse(META.type, seen.get("images", NOWHERE), seen.get("labels", NOWHERE))
