"""Does `train` do the six steps correctly? It has to work with what it is given, as often as it is told."""

import math
from collections.abc import Sequence
from itertools import accumulate
from typing import NoReturn

from grader.judge.marks import Misconception, after, fail, visible, wait_for
from grader.judge.seen import (
    by_epoch,
    data_used,
    happened,
    is_complete,
    loops_swapped,
    means_backpropagated,
    model_used,
    samples_by_pass,
    trained_calls,
    uses_by_label,
)
from grader.protocol.loops import NOWHERE, DeviceUse, Loop, LossCall, Report, Runs, Step

RESIDUAL = 1e-3
"""Largest residual of a step's own gradient. The step's gradient and the batch's own are the same numbers, but for one
rounding per scaling (float32, or bfloat16 after unscaling: below 1e-3 in norm). A second batch's gradient leaves a
residual of the order of 0.1 to 1."""
CARRIED = 0.3
"""Smallest share of a gradient that was not cleared. It comes in with the weight of the batch's own, 1.0; what else is
done to gradients (clipping tensor by tensor, centring, noise) makes older ones look present by a few per cent at most.
"""
SIMILAR = 0.1
"""Smallest cosine of a gradient that was only transformed. One that was clipped, centred or reduced to its signs keeps
0.5 and more, any other direction of thousands of dimensions has 0.01."""
LOSS_TOLERANCE = 2e-3
"""Relative tolerance of reported losses. It leaves room for float32 sums and losses rounded to three decimals. Usual
mistakes differ by several per cent."""
MIXED_UP = 0.4
"""Share of images with another's label. It is 0.6 when those of the batch before are taken or batches of three are
shuffled apart, 0.2 where labels are made noisy on purpose."""
RECOGNISED = 8
"""Images that have to be recognised at least. In a training that blends images, some are by chance still like one that
has another label."""
JUMP = 0.5
"""Relative change of the weights between two steps. Averaging and small perturbations stay far below."""


@visible
def test_runs(runs: Runs, loop: Loop) -> None:
    """`train` runs through on a small training set. Something happens in it."""
    if runs.endless:
        fail("training/never-ends", expected=loop.n_epochs)
    if loop.returned_kind == "generator":
        fail("training/yields")
    if loop.returned_kind == "coroutine":
        fail("training/is-async")
    if not happened(loop):
        fail("training/does-nothing")


def _without_model(loop: Loop) -> str:
    """Return the message for a model left unused."""
    if loop.copy_calls:
        return "training/copy-trained"
    called = loop.losses or loop.steps or loop.foreign_steps
    return "training/own-model" if called else "training/batches-passed-over"


def _unused(loop: Loop) -> str | None:
    """Return the message for an argument left unused. None where `train` has used all."""
    if not data_used(loop):
        return "training/own-data"
    if not model_used(loop):
        return _without_model(loop)
    if not loop.losses:
        return "training/own-criterion"
    if not loop.steps and (loop.weights_changed or loop.foreign_steps):
        return "training/own-optimizer"
    if any(step.gradient_norm > 0 for step in loop.steps) and not loop.weights_changed:
        return "training/weights-put-back"
    return None


def _came_to_its_end(loop: Loop) -> bool:
    return loop.finished and happened(loop)


@visible
def test_uses_given(loop: Loop) -> None:
    """`train` uses the objects that are handed in. They are model, criterion, optimizer and loader."""
    unused = _unused(loop)
    if unused and not _came_to_its_end(loop):
        wait_for("training/runs")
    if unused:
        fail(unused, batch=loop.batch_size)
    if not loop.steps and not _came_to_its_end(loop):
        wait_for("training/runs")
    if loop.unusable_after:
        fail("training/model-left-unusable", exception=loop.unusable_after)


def _only_named(loop: Loop, method: str, hint: str, staff_note: str | None = None) -> None:
    """Fail where a `method` is only named. The message shows the place."""
    for place in loop.uncalled:
        if place.code.endswith(f".{method}"):
            fail(hint, staff_note, where=f"{place.file}:{place.line}", code=place.code)


def _without_call(loop: Loop, method: str, hint: str, staff_note: str | None = None) -> NoReturn:
    """Fail for a `method` that was not called. Where it is only named, that is told; else the message is `hint`.

    Brackets that are forgotten are the whole mistake then, and no search for one is needed.
    """
    _only_named(loop, method, "training/only-named", staff_note)
    fail(hint, staff_note)


def _wait_for_the_cause(loop: Loop) -> NoReturn:
    """Wait for the test that explains an empty recording.

    Whatever has kept `train` from coming so far has to be repaired first.
    """
    wait_for("training/uses-given" if _came_to_its_end(loop) else "training/runs")


def _check_order(number: int, step: Step, note: str) -> None:
    if step.forward_after_backward or (number == 1 and step.backward_passes == 0):
        fail("training/step-before-backward", staff_note=note)
    if step.backward_passes == 0:
        fail("training/step-without-backward", staff_note=note)
    if step.gradient_norm == 0:
        fail("training/cleared-too-late", staff_note=note)
    if not math.isfinite(step.gradient_norm):
        fail("training/gradient-not-finite", staff_note=note)


def _check_steps(loop: Loop) -> None:
    for number, step in enumerate(loop.steps, start=1):
        note = f"step {number}: residual {step.residual:.2g}, cosine {step.cosine:.2g}, carried {step.carried:.2g}"
        _check_order(number, step, note)
        if step.residual >= RESIDUAL:
            if step.carried > CARRIED:
                _without_call(loop, "zero_grad", "training/gradients-not-cleared", note)
            if step.cosine < SIMILAR:
                fail("training/own-gradient", staff_note=note)
        if loop.loader_passes and min(len(set(step.labels)), step.rows) > loop.batch_size:
            fail("training/several-batches-per-step", staff_note=note, n=len(set(step.labels)), batch=loop.batch_size)
    if loop.matched >= RECOGNISED and loop.mismatched > MIXED_UP * loop.matched:
        fail("training/labels-mixed-up", staff_note=f"{loop.mismatched} of {loop.matched} images with other labels")
    if sum(step.jump > JUMP for step in loop.steps) >= loop.n_epochs - 1:
        fail("training/weights-reset", staff_note=f"jumps {[round(step.jump, 2) for step in loop.steps]}")


@visible
def test_own_gradient(loop: Loop) -> None:
    """Each step uses the gradient of its own batch. It uses nothing else."""
    if loop.backward_passes == 0:
        if not loop.finished or not data_used(loop) or not model_used(loop):
            _wait_for_the_cause(loop)
        _without_call(loop, "backward", "training/no-backward")
    if not loop.steps:
        if not loop.finished or _unused(loop):
            _wait_for_the_cause(loop)
        _without_call(loop, "step", "training/no-step")
    try:
        _check_steps(loop)
    except Misconception:
        if loop.finished:
            raise
        wait_for("training/runs")  # what raised there may be all there is to it


def _check_pass(loop: Loop, samples: set[int]) -> None:
    """Fail where a pass has left out samples."""
    missing = loop.n_samples - len(samples)
    if missing and len(samples) <= loop.batch_size:
        each_read_all = all(len(set(step.handed_out)) == loop.n_samples for step in loop.steps)
        below_the_loop = bool(loop.steps) and each_read_all and loop.loader_passes == loop.n_epochs
        fail("training/last-batch-only" if below_the_loop else "training/first-batch-only")
    if missing and missing < loop.batch_size:
        fail("training/last-batch-skipped", missing=missing)
    if missing:
        fail("training/batches-missing", got=len(samples), expected=loop.n_samples)


@visible
def test_every_batch(loop: Loop) -> None:
    """Every epoch trains on every batch. The smaller last one is included."""
    passes = samples_by_pass(loop)
    if not data_used(loop) or not passes:
        _wait_for_the_cause(loop)
    if is_complete(loop):
        if 0 < loop.long_trained < 0.95 * loop.long_samples:
            fail("training/stops-early-in-long-epochs", got=loop.long_trained, expected=loop.long_samples)
        return
    if loop.loader_passes == 0:
        counts = uses_by_label(loop)
        if min(counts) != max(counts) and not loop.finished:
            wait_for("training/runs")
        if min(counts) != max(counts):
            fail("training/batches-missing", got=sum(counts), expected=max(counts) * loop.n_samples)
        return
    whole = passes if loop.finished else passes[:-1]
    for samples in whole:
        _check_pass(loop, samples)
    if not whole and len(passes[0]) < loop.n_samples:
        wait_for("training/runs")


@after("training/every-batch")
@visible
def test_epochs(loop: Loop) -> None:
    """The training set is passed over `n_epochs` times."""
    if loops_swapped(loop):
        fail("training/loops-swapped", expected=loop.n_epochs)
    if is_complete(loop):
        return
    if not loop.finished:
        wait_for("training/runs")
    got = len(samples_by_pass(loop)) if loop.loader_passes else uses_by_label(loop)[0]
    if got == loop.n_epochs:
        return
    if got == 1 and loop.loader_passes == 1 and len(loop.returned) == loop.n_epochs:
        fail("training/iterator-used-up", expected=loop.n_epochs)
    fail("training/one-epoch-only" if got == 1 else "training/epochs", got=got, expected=loop.n_epochs)


@visible
def test_train_mode(loop: Loop) -> None:
    """The model is in train mode while trained."""
    modes = [mode for step in loop.steps for mode in step.training] or [call.training for call in trained_calls(loop)]
    if not modes or not model_used(loop):
        _wait_for_the_cause(loop)
    if not any(modes):
        _without_call(loop, "train", "training/never-train-mode")
    if not all(modes):
        _without_call(loop, "train", "training/left-in-eval-mode" if modes[0] else "training/train-mode")


def _close(got: Sequence[float], wanted: Sequence[float]) -> bool:
    return len(got) == len(wanted) and all(
        abs(a - b) <= LOSS_TOLERANCE * max(1.0, abs(b)) for a, b in zip(got, wanted, strict=True)
    )


def _sum(call: LossCall, *, summed: bool) -> float:
    return call.value if summed else call.value * call.n


def _mistaken(epochs: list[list[LossCall]], loop: Loop) -> list[tuple[str, list[float]]]:
    """List the losses that usual mistakes would return.

    Each comes with the id of the message that names the mistake.
    """
    n, batches = loop.n_samples, math.ceil(loop.n_samples / loop.batch_size)
    sums = [sum(_sum(call, summed=loop.summed) for call in calls) for calls in epochs]
    plain = [sum(call.value for call in calls) for calls in epochs]
    running, running_plain = list(accumulate(sums)), list(accumulate(plain))
    means = [value / n for value in sums]
    weighted = [sum(call.value * call.n for call in calls) for calls in epochs]
    return [
        *([("training/loss-sum-weighted", [value / n for value in weighted])] if loop.summed else []),
        ("training/loss-mean-of-batches", [value / batches for value in plain]),
        ("training/loss-not-divided", plain),
        ("training/loss-sum", sums),
        ("training/loss-not-weighted", [value / n for value in plain]),
        ("training/loss-divided-by-batches", [value / batches for value in sums]),
        ("training/loss-batch-size-constant", [value * loop.batch_size / n for value in plain]),
        ("training/loss-last-batch", [calls[-1].value for calls in epochs]),
        ("training/loss-first-batch", [calls[0].value for calls in epochs]),
        ("training/loss-accumulates", [value / n for value in running]),
        ("training/loss-accumulates", [value / batches for value in running_plain]),
        ("training/loss-averaged-over-epochs", [value / (n * (i + 1)) for i, value in enumerate(running)]),
        ("training/loss-reversed", means[::-1]),
    ]


def _mean_losses(report: Report, loop: Loop) -> list[float]:
    """Return the mean loss per sample of each epoch. It goes by how the criterion was called."""
    epochs = by_epoch(report, loop.n_samples, loop.n_epochs)
    return [
        sum(_sum(call, summed=report.summed) for call in calls) / max(1, sum(call.n for call in calls))
        for calls in epochs
    ]


def _reports_right(report: Report, loop: Loop) -> bool:
    """Whether the mean losses were returned. Those of what `backward()` was called on count too, if that was more."""
    wanted = (_mean_losses(report, loop), means_backpropagated(report, loop.n_samples))
    return any(_close(report.returned, means) for means in wanted)


def _obstacle(loop: Loop) -> str | None:
    """Return the test that must pass before judging losses.

    Without it nobody can tell which losses should have been returned.
    """
    if _unused(loop) not in (None, "training/weights-put-back", "training/own-optimizer"):
        return "training/uses-given"
    if not is_complete(loop):
        epochs = samples_by_pass(loop)
        return "training/every-batch" if any(len(e) < loop.n_samples for e in epochs) else "training/epochs"
    return "training/epochs" if loops_swapped(loop) else None


@visible
def test_reports_loss(loop: Loop) -> None:
    """`train` returns the mean loss of each epoch. It is the mean per sample."""
    obstacle = _obstacle(loop)
    if not _came_to_its_end(loop):
        wait_for("training/runs")
    if loop.called_otherwise and not _reports_right(loop.report, loop):
        wait_for("training/runs")
    if loop.returned_kind == "NoneType":
        fail("training/returns-nothing")
    if not loop.returned and loop.returned_kind == "generator":
        wait_for("training/runs")
    if not loop.returned:
        _only_named(loop, "item", "training/item-only-named")
        nested = loop.returned_kind in ("list", "tuple")
        fail("training/returns-no-numbers" if nested else "training/returns-no-list", got=loop.returned_kind)
    if loop.returned_tensors:
        fail("training/returns-tensors")
    if _reports_right(loop.report, loop):
        return
    if obstacle is not None:
        wait_for(obstacle)
    if len(loop.returned) != loop.n_epochs:
        short = len(loop.returned) < loop.n_epochs
        hint = "training/returns-too-few" if short else "training/returns-wrong-length"
        fail(hint, got=len(loop.returned), expected=loop.n_epochs)
    _explain_report(loop)


def _explain_report(loop: Loop) -> None:
    """Fail with the mistake behind the returned losses. With the submission's own network it may be none."""
    epochs, right = by_epoch(loop.report, loop.n_samples, loop.n_epochs), _mean_losses(loop.report, loop)
    batches = math.ceil(loop.n_samples / loop.batch_size)
    if loop.loader_passes >= loop.n_epochs and any(len(calls) != batches for calls in epochs):
        return  # a loss put together from several calls: what its mean should be cannot be told from outside
    if len(epochs) != loop.n_epochs or not all(sum(c.n for c in calls) > 0 for calls in epochs):
        fail("outcome/inconsistent")
    note = f"returned {[round(v, 4) for v in loop.returned]}, expected {[round(v, 4) for v in right]}"
    off = next(i for i in range(len(right)) if not _close(loop.returned[i : i + 1], right[i : i + 1]))
    data = {"got": round(loop.returned[off], 3), "expected": round(right[off], 3), "epoch": off + 1}
    for hint, values in _mistaken(epochs, loop):
        if _close(loop.returned, values):
            fail(hint, staff_note=note, **data)
    if loop.with_own is not None and _reports_right(loop.with_own, loop):
        return  # it counts on what its own network returns, such as log-probabilities
    factor = loop.returned[0] / right[0] if right[0] else 0.0
    if len(right) > 1 and factor > 0 and _close([value / factor for value in loop.returned], right):
        fail("training/loss-scaled", staff_note=note, factor=float(f"{factor:.3g}"), **data)
    fail("training/reports-loss", staff_note=note, **data)


def _wrong_device(device: DeviceUse) -> tuple[str, str] | None:
    """Return the message for data on a wrong device. It tells where images or labels have arrived."""
    if device.images != device.device:
        return "training/device-ignored", device.images
    return None if device.labels == device.device else ("training/labels-not-moved", device.labels)


@visible
def test_device(device: DeviceUse, loop: Loop) -> None:
    """Images and labels are moved to the given device."""
    wrong = _wrong_device(device)
    if wrong is None:
        return
    hint, got = wrong
    if loop.called_otherwise:
        wait_for("training/runs")
    if got == NOWHERE and (not _came_to_its_end(loop) or _unused(loop)):
        _wait_for_the_cause(loop)
    fail(hint, got=got)
