"""Conclusions from a recorded run of `train`.

The run may have come to no end or taken a wrong turn. All are pure functions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from ..protocol.loops import Loop, LossCall, Report


def happened(loop: Loop) -> bool:
    """Whether anything was done at all."""
    calls = loop.model_calls + loop.copy_calls + loop.backward_passes + len(loop.steps)
    return calls > 0 or loop.loader_passes > 0 or loop.data_read


def data_used(loop: Loop) -> bool:
    """Whether the given training set was read."""
    return loop.loader_passes > 0 or loop.data_read


def model_used(loop: Loop) -> bool:
    """Whether the given model was used. It was called or, by whatever way, gradients reached its parameters."""
    return loop.model_calls > 0 or loop.backward_passes > 0 or any(step.gradient_norm > 0 for step in loop.steps)


def trained_calls(loop: Loop) -> list[LossCall]:
    """List the criterion's calls that were backpropagated. All, where that was forgotten at some step."""
    if any(step.backward_passes == 0 for step in loop.steps):
        return loop.losses
    return [call for call in loop.losses if call.trained] or loop.losses


def samples_by_pass(loop: Loop) -> list[set[int]]:
    """List the samples trained on in each pass.

    A loss was computed for them in a pass over the loader.

    Where the given criterion was never called, those that were handed out.
    """
    passes: dict[int, set[int]] = defaultdict(set)
    for call in trained_calls(loop):
        passes[call.epoch].update(call.labels)
    if not passes:
        for step in loop.steps:
            passes[step.epoch].update(step.handed_out)
    return [passes[number] for number in sorted(passes)]


def uses(loop: Loop, samples: Iterable[Iterable[int]]) -> list[int]:
    """Count how often each sample was trained on. Given those of each step or call."""
    counts = [0] * loop.n_samples
    for group in samples:
        for sample in set(group):
            if 0 <= sample < loop.n_samples:
                counts[sample] += 1
    return counts


def uses_by_label(loop: Loop) -> list[int]:
    """Count each sample's uses by its labels. Those that losses were computed with."""
    return uses(loop, (call.labels for call in trained_calls(loop)))


def is_complete(loop: Loop) -> bool:
    """Whether every sample was trained on once per epoch.

    It does not matter where the epochs begin and end.

    Told by the labels, of the losses or of the steps; where those were changed on purpose, by what was handed out for
    each step; where each image is made of several, by the number of images.
    """
    wanted = [loop.n_epochs] * loop.n_samples
    by_step = uses(loop, (step.labels for step in loop.steps))
    if wanted in (by_step, uses_by_label(loop)):
        return True
    if loop.steps and all(step.rows == len(step.handed_out) for step in loop.steps):
        return uses(loop, (step.handed_out for step in loop.steps)) == wanted
    rows = sum(step.rows for step in loop.steps)
    return rows == sum(wanted) and min(by_step) == max(by_step) > loop.n_epochs


def loops_swapped(loop: Loop) -> bool:
    """Whether the loops over epochs and batches are swapped.

    Each batch was trained on `n_epochs` times one after the other, in a single pass over the loader.
    """
    batches = [sorted(call.labels) for call in trained_calls(loop)]
    n = loop.n_epochs
    groups = [batches[start : start + n] for start in range(0, len(batches), n)]
    return (
        loop.loader_passes == 1
        and len(groups) > 1
        and all(len(group) == n and all(batch == group[0] for batch in group) for group in groups)
        and sum(len(group[0]) for group in groups) == loop.n_samples
    )


def _cut(calls: Sequence[LossCall], size: int) -> list[list[LossCall]]:
    """Group `calls` by `size` samples each. None where no groups come out even."""
    groups: list[list[LossCall]] = [[]]
    samples = 0  # in the last group
    for call in calls:
        if samples >= size:
            groups.append([])
            samples = 0
        groups[-1].append(call)
        samples += call.n
    return groups if all(sum(call.n for call in group) == size for group in groups) else []


def by_epoch(report: Report, n_samples: int, n_epochs: int) -> list[list[LossCall]]:
    """Group the criterion's calls by epoch. Those that were trained on; all where none was."""
    calls = [call for call in report.losses if call.trained] or report.losses
    even = _cut(calls, n_samples)
    if len(even) == n_epochs:
        return even
    epochs: dict[int, list[LossCall]] = defaultdict(list)
    for call in calls:
        epochs[call.epoch].append(call)
    return [epochs[number] for number in sorted(epochs)]


def means_backpropagated(report: Report, n_samples: int) -> list[float]:
    """Mean backpropagated loss per sample, by epoch. Empty where the steps do not tell."""
    means, value, rows = [], 0.0, 0
    for step in report.steps:
        value += step.objective * (1 if report.summed else step.rows)
        rows += step.rows
        if rows >= n_samples:
            means.append(value / rows)
            value, rows = 0.0, 0
    return means
