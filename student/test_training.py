"""Does `train` do the six steps, with what it is given, as often as it is told?"""

import math
from collections import defaultdict
from student._kit.judge.marks import after, fail, visible
from student._kit.protocol.observations import DeviceUse, Loop, LossCall, Step


RESIDUAL = 1e-3
"""The step's gradient and the batch's own are the same numbers, but for one rounding per scaling (float32, or
bfloat16 after unscaling: below 1e-3 in norm). A second batch's gradient leaves a residual of the order of 0.1 to 1."""


LOSS_TOLERANCE = 2e-3
"""Relative; room for float32 sums and losses rounded to three decimals. Usual mistakes differ by several per cent."""


@visible
def test_runs(loop: Loop) -> None:
    """`train` runs through on a small training set, and something happens."""
    if loop.endless:
        fail("training/never-ends", expected=loop.n_epochs)
    calls = loop.model_calls + loop.copy_calls + loop.backward_passes + len(loop.steps)
    if calls == 0 and loop.loader_passes == 0 and loop.dataset_reads == 0:
        fail("training/does-nothing")


@after("training/runs")
@visible
def test_uses_given(loop: Loop) -> None:
    """The model, criterion, optimizer and loader that are handed in are the ones used."""
    if loop.loader_passes == 0 and loop.dataset_reads == 0:
        fail("training/own-data")
    if loop.model_calls == 0:
        fail("training/copy-trained" if loop.copy_calls else "training/own-model")
    if not loop.losses:
        fail("training/own-criterion")
    if not loop.steps and loop.weights_changed:
        fail("training/own-optimizer")


def _same_gradient(step: Step) -> bool:
    return min(step.own, step.last) < RESIDUAL


@after("training/uses-given")
@visible
def test_own_gradient(loop: Loop) -> None:
    """Each step of the optimizer uses the gradient of its own batch, and of nothing else."""
    if loop.backward_passes == 0:
        fail("training/no-backward")
    if not loop.steps:
        fail("training/no-step")
    for number, step in enumerate(loop.steps, start=1):
        note = f"step {number}: residual own {step.own:.2g}, last {step.last:.2g}, total {step.total:.2g}"
        if step.forward_after_backward or (number == 1 and step.backward_passes == 0):
            fail("training/step-before-backward", staff_note=note)
        if step.backward_passes == 0:
            fail("training/step-without-backward", staff_note=note)
        if step.gradient_norm == 0:
            fail("training/cleared-too-late", staff_note=note)
        if not math.isfinite(step.gradient_norm):
            fail("training/gradient-not-finite", staff_note=note)
        if not _same_gradient(step):
            kept = step.total < RESIDUAL or loop.zero_grads < len(loop.steps)
            fail("training/gradients-not-cleared" if kept else "training/own-gradient", staff_note=note)
        if loop.loader_passes and len(set(step.labels)) > loop.batch_size:
            fail("training/several-batches-per-step", staff_note=note, n=len(set(step.labels)), batch=loop.batch_size)


def _samples_by_pass(loop: Loop) -> list[set[int]]:
    """The samples whose loss was backpropagated, for each pass over the given loader that trained."""
    passes: dict[int, set[int]] = defaultdict(set)
    for step in loop.steps:
        passes[step.epoch].update(step.labels)
    return [passes[number] for number in sorted(passes)]


def _uses(loop: Loop) -> list[int]:
    """How often each sample was trained on."""
    counts = [0] * loop.n_samples
    for step in loop.steps:
        for label in set(step.labels):
            if 0 <= label < loop.n_samples:
                counts[label] += 1
    return counts


@after("training/uses-given", "training/own-gradient")
@visible
def test_every_batch(loop: Loop) -> None:
    """Every epoch trains on every batch, the smaller last one included."""
    if loop.loader_passes == 0:
        counts = _uses(loop)
        if min(counts) != max(counts):
            fail("training/batches-missing", got=sum(counts), expected=max(counts) * loop.n_samples)
        return
    for samples in _samples_by_pass(loop):
        missing = loop.n_samples - len(samples)
        if missing and len(samples) <= loop.batch_size:
            fail("training/first-batch-only")
        if missing and missing < loop.batch_size:
            fail("training/last-batch-skipped", missing=missing)
        if missing:
            fail("training/batches-missing", got=len(samples), expected=loop.n_samples)


@after("training/every-batch")
@visible
def test_epochs(loop: Loop) -> None:
    """The training set is passed over `n_epochs` times."""
    got = len(_samples_by_pass(loop)) if loop.loader_passes else _uses(loop)[0]
    if got != loop.n_epochs:
        fail("training/one-epoch-only" if got == 1 else "training/epochs", got=got, expected=loop.n_epochs)


@after("training/uses-given")
@visible
def test_train_mode(loop: Loop) -> None:
    """The model is in train mode whenever it is trained."""
    modes = [mode for step in loop.steps for mode in step.training]
    if modes and not any(modes):
        fail("training/never-train-mode")
    if not all(modes):
        fail("training/left-in-eval-mode" if modes[0] else "training/train-mode")


def _by_epoch(loop: Loop) -> list[list[LossCall]]:
    """The calls of the criterion that were trained on, epoch by epoch."""
    calls = [call for call in loop.losses if call.with_graph]
    if loop.loader_passes:
        epochs: dict[int, list[LossCall]] = defaultdict(list)
        for call in calls:
            epochs[call.epoch].append(call)
        return [epochs[number] for number in sorted(epochs)]
    each = len(calls) // loop.n_epochs
    return [calls[i * each : (i + 1) * each] for i in range(loop.n_epochs)]


def _close(got: list[float], wanted: list[float]) -> bool:
    return len(got) == len(wanted) and all(
        abs(a - b) <= LOSS_TOLERANCE * max(1.0, abs(b)) for a, b in zip(got, wanted, strict=True)
    )


def _mistaken(epochs: list[list[LossCall]], loop: Loop) -> list[tuple[str, list[float]]]:
    """What the usual mistakes would have returned, with the id of the message that names each."""
    n, batches = loop.n_samples, math.ceil(loop.n_samples / loop.batch_size)
    sums = [sum(call.value * call.n for call in calls) for calls in epochs]
    plain = [sum(call.value for call in calls) for calls in epochs]
    running = [sum(sums[: i + 1]) for i in range(len(sums))]
    running_plain = [sum(plain[: i + 1]) for i in range(len(plain))]
    return [
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
    ]


@after("training/uses-given", "training/own-gradient", "training/every-batch", "training/epochs")
@visible
def test_reports_loss(loop: Loop) -> None:
    """`train` returns the mean loss per sample of each epoch."""
    if loop.returned_kind == "NoneType":
        fail("training/returns-nothing")
    if not loop.returned:
        fail("training/returns-no-list", got=loop.returned_kind)
    if len(loop.returned) != loop.n_epochs:
        fail("training/returns-wrong-length", got=len(loop.returned), expected=loop.n_epochs)
    if loop.returned_tensors:
        fail("training/returns-tensors")
    epochs = _by_epoch(loop)
    batches = math.ceil(loop.n_samples / loop.batch_size)
    if loop.loader_passes and any(len(calls) != batches for calls in epochs):
        return  # a loss put together from several calls: what its mean should be cannot be told from outside
    if len(epochs) != loop.n_epochs or not all(sum(c.n for c in calls) > 0 for calls in epochs):
        fail("outcome/inconsistent")
    right = [sum(c.value * c.n for c in calls) / sum(c.n for c in calls) for calls in epochs]
    if _close(loop.returned, right):
        return
    note = f"returned {[round(v, 4) for v in loop.returned]}, expected {[round(v, 4) for v in right]}"
    data = {"got": round(loop.returned[0], 3), "expected": round(right[0], 3)}
    for hint, values in _mistaken(epochs, loop):
        if _close(loop.returned, values):
            fail(hint, staff_note=note, **data)
    fail("training/reports-loss", staff_note=note, **data)


@after("training/uses-given")
@visible
def test_device(device: DeviceUse) -> None:
    """Images and labels are moved to the device that is handed in."""
    if device.images != device.device:
        fail("training/device-ignored", got=device.images)
    if device.labels != device.device:
        fail("training/labels-not-moved", got=device.labels)
