"""Does `train` do the six steps, with what it is given, as often as it is told?"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import accumulate
from student._kit.judge.marks import after, fail, visible
from student._kit.protocol.loops import DeviceUse, Loop, LossCall, Step


RESIDUAL = 1e-3
"""The step's gradient and the batch's own are the same numbers, but for one rounding per scaling (float32, or
bfloat16 after unscaling: below 1e-3 in norm). A second batch's gradient leaves a residual of the order of 0.1 to 1."""


CARRIED = 0.3
"""Gradients that were not cleared come in with the weight of the batch's own, 1.0; what else is done to them
(clipping tensor by tensor, centring, noise) makes the older ones look present by a few per cent at most."""


SIMILAR = 0.1
"""Cosine: a gradient that was clipped, centred or reduced to its signs keeps 0.5 and more, any other direction of
thousands of dimensions has 0.01."""


LOSS_TOLERANCE = 2e-3
"""Relative; room for float32 sums and losses rounded to three decimals. Usual mistakes differ by several per cent."""


MIXED_UP = 0.4
"""Share of images with another's label: 0.7 when they are shuffled apart in batches of 4, 4 and 2, 0.2 where labels are
made noisy on purpose."""


JUMP = 0.5
"""Relative change of the weights between two steps: averaging and small perturbations stay far below."""


@visible
def test_runs(loop: Loop) -> None:
    """`train` runs through on a small training set, and something happens."""
    if loop.endless:
        fail("training/never-ends", expected=loop.n_epochs)
    calls = loop.model_calls + loop.copy_calls + loop.backward_passes + len(loop.steps)
    if calls == 0 and loop.loader_passes == 0 and not loop.data_read:
        fail("training/yields" if loop.returned_kind == "generator" else "training/does-nothing")


@after("training/runs")
@visible
def test_uses_given(loop: Loop) -> None:
    """The model, criterion, optimizer and loader that are handed in are the ones used."""
    if loop.loader_passes == 0 and not loop.data_read:
        fail("training/own-data")
    if loop.model_calls == 0:
        fail("training/copy-trained" if loop.copy_calls else "training/own-model")
    if not loop.losses:
        fail("training/own-criterion")
    if not loop.steps and (loop.weights_changed or loop.foreign_steps):
        fail("training/own-optimizer")
    if any(step.gradient_norm > 0 for step in loop.steps) and not loop.weights_changed:
        fail("training/weights-put-back")


def _check_order(number: int, step: Step, note: str) -> None:
    if step.forward_after_backward or (number == 1 and step.backward_passes == 0):
        fail("training/step-before-backward", staff_note=note)
    if step.backward_passes == 0:
        fail("training/step-without-backward", staff_note=note)
    if step.gradient_norm == 0:
        fail("training/cleared-too-late", staff_note=note)
    if not math.isfinite(step.gradient_norm):
        fail("training/gradient-not-finite", staff_note=note)


@after("training/uses-given")
@visible
def test_own_gradient(loop: Loop) -> None:
    """Each step of the optimizer uses the gradient of its own batch, and of nothing else."""
    if loop.backward_passes == 0:
        fail("training/no-backward")
    if not loop.steps:
        fail("training/no-step")
    for number, step in enumerate(loop.steps, start=1):
        note = f"step {number}: residual {step.residual:.2g}, cosine {step.cosine:.2g}, carried {step.carried:.2g}"
        _check_order(number, step, note)
        if step.residual >= RESIDUAL:
            if step.carried > CARRIED:
                fail("training/gradients-not-cleared", staff_note=note)
            if step.cosine < SIMILAR:
                fail("training/own-gradient", staff_note=note)
        if loop.loader_passes and min(len(set(step.labels)), step.rows) > loop.batch_size:
            fail("training/several-batches-per-step", staff_note=note, n=len(set(step.labels)), batch=loop.batch_size)
    if loop.mismatched > MIXED_UP * loop.matched:
        fail("training/labels-mixed-up", staff_note=f"{loop.mismatched} of {loop.matched} images with other labels")
    if sum(step.jump > JUMP for step in loop.steps) >= loop.n_epochs - 1:
        fail("training/weights-reset", staff_note=f"jumps {[round(step.jump, 2) for step in loop.steps]}")


def _samples_by_pass(loop: Loop) -> list[set[int]]:
    """The samples whose loss was backpropagated, for each pass over the given loader that trained."""
    passes: dict[int, set[int]] = defaultdict(set)
    for step in loop.steps:
        passes[step.epoch].update(step.labels)
    return [passes[number] for number in sorted(passes)]


def _uses(loop: Loop, samples: Iterable[Iterable[int]]) -> list[int]:
    """How often each sample was trained on, given those of each step."""
    counts = [0] * loop.n_samples
    for step in samples:
        for sample in set(step):
            if 0 <= sample < loop.n_samples:
                counts[sample] += 1
    return counts


def _by_label(loop: Loop) -> list[int]:
    return _uses(loop, (step.labels for step in loop.steps))


def _is_complete(loop: Loop) -> bool:
    """Whether every sample was trained on once in each of `n_epochs` epochs, wherever these begin and end.

    Told by the labels; where those were changed on purpose, by what was handed out for each step; where each image
    is made of several, by the number of images.
    """
    wanted = [loop.n_epochs] * loop.n_samples
    by_label = _by_label(loop)
    if by_label == wanted:
        return True
    if all(step.rows == len(step.handed) for step in loop.steps):
        return _uses(loop, (step.handed for step in loop.steps)) == wanted
    rows = sum(step.rows for step in loop.steps)
    return rows == sum(wanted) and min(by_label) == max(by_label) > loop.n_epochs


@after("training/uses-given", "training/own-gradient")
@visible
def test_every_batch(loop: Loop) -> None:
    """Every epoch trains on every batch, the smaller last one included."""
    if _is_complete(loop):
        if 0 < loop.long_trained < 0.95 * loop.long_samples:
            fail("training/stops-early-in-long-epochs", got=loop.long_trained, expected=loop.long_samples)
        return
    if loop.loader_passes == 0:
        counts = _by_label(loop)
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
    if _is_complete(loop):
        return
    got = len(_samples_by_pass(loop)) if loop.loader_passes else _by_label(loop)[0]
    if got == loop.n_epochs:
        return
    if got == 1 and loop.loader_passes == 1 and len(loop.returned) == loop.n_epochs:
        fail("training/iterator-used-up", expected=loop.n_epochs)
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


def _cut(calls: list[LossCall], size: int) -> list[list[LossCall]]:
    """`calls` in groups of `size` samples each; none where no groups come out even."""
    groups: list[list[LossCall]] = [[]]
    for call in calls:
        if sum(c.n for c in groups[-1]) >= size:
            groups.append([])
        groups[-1].append(call)
    return groups if all(sum(call.n for call in group) == size for group in groups) else []


def _by_epoch(loop: Loop) -> list[list[LossCall]]:
    """The calls of the criterion that were trained on, epoch by epoch."""
    calls = [call for call in loop.losses if call.trained]
    even = _cut(calls, loop.n_samples)
    if len(even) == loop.n_epochs:
        return even
    epochs: dict[int, list[LossCall]] = defaultdict(list)
    for call in calls:
        epochs[call.epoch].append(call)
    return [epochs[number] for number in sorted(epochs)]


def _close(got: Sequence[float], wanted: Sequence[float]) -> bool:
    return len(got) == len(wanted) and all(
        abs(a - b) <= LOSS_TOLERANCE * max(1.0, abs(b)) for a, b in zip(got, wanted, strict=True)
    )


def _sum(call: LossCall, loop: Loop) -> float:
    return call.value if loop.summed else call.value * call.n


def _mistaken(epochs: list[list[LossCall]], loop: Loop) -> list[tuple[str, list[float]]]:
    """What the usual mistakes would have returned, with the id of the message that names each."""
    n, batches = loop.n_samples, math.ceil(loop.n_samples / loop.batch_size)
    sums = [sum(_sum(call, loop) for call in calls) for calls in epochs]
    plain = [sum(call.value for call in calls) for calls in epochs]
    running, running_plain = list(accumulate(sums)), list(accumulate(plain))
    means = [value / n for value in sums]
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
        ("training/loss-averaged-over-epochs", [value / (n * (i + 1)) for i, value in enumerate(running)]),
        ("training/loss-reversed", means[::-1]),
    ]


def _with_penalties(loop: Loop) -> list[float]:
    """The mean per sample of what `backward()` was called on, epoch by epoch, where the steps tell."""
    means, value, rows = [], 0.0, 0
    for step in loop.steps:
        value += step.objective * (1 if loop.summed else step.rows)
        rows += step.rows
        if rows >= loop.n_samples:
            means.append(value / rows)
            value, rows = 0.0, 0
    return means


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
    if loop.loader_passes >= loop.n_epochs and any(len(calls) != batches for calls in epochs):
        return  # a loss put together from several calls: what its mean should be cannot be told from outside
    if len(epochs) != loop.n_epochs or not all(sum(c.n for c in calls) > 0 for calls in epochs):
        fail("outcome/inconsistent")
    right = [sum(_sum(c, loop) for c in calls) / sum(c.n for c in calls) for calls in epochs]
    if _close(loop.returned, right) or _close(loop.returned, _with_penalties(loop)):
        return
    note = f"returned {[round(v, 4) for v in loop.returned]}, expected {[round(v, 4) for v in right]}"
    off = next(i for i in range(len(right)) if not _close(loop.returned[i : i + 1], right[i : i + 1]))
    data = {"got": round(loop.returned[off], 3), "expected": round(right[off], 3), "epoch": off + 1}
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
