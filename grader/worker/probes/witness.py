"""Watches dropout during the graded training.

It sees unannounced whether the network drops values there as it does when it is examined.

A network may look at who calls it, or at the images, and behave while it is examined. So a few forward passes of the
training itself are traced: those of some batches that chance has chosen. Nothing is repeated, changed or drawn for it,
and whatever goes wrong with the trace is the end of the trace alone.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook
from torch.utils.hooks import RemovableHandle

from ...protocol.observations import Witness
from ..leniency import scores_in
from ..originals import to_numpy
from .dropout import Trace

PASSES = 8
"""How many are looked at in one training."""


class _Quiet(Trace):
    """A trace that never disturbs what it traces."""

    def __init__(self) -> None:
        super().__init__()
        self.broken = False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Carry out one operation and look at it. Where looking at it fails, it is done all the same."""
        operation = None
        if not self.broken:
            try:
                operation = self.before(func, args, kwargs)
            except Exception:  # noqa: BLE001 - it is our trace that fails, and nobody else's business
                self.broken = True
        result = func(*args, **(kwargs or {}))
        if operation is not None:
            try:
                self.after(operation, result)
            except Exception:  # noqa: BLE001 - as above
                self.broken = True
        return result


def _is_plain() -> bool:
    """Whether the pass is an ordinary one. It is neither compiled nor scripted, nor transformed by `torch.func`."""
    if torch.compiler.is_compiling() or torch._C._get_tracing_state() is not None:
        return False
    return torch._C._functorch.peek_interpreter_stack() is None


def _compiled_anything() -> bool:
    """Whether `torch.compile` was at work. What it has made would be made anew where there are hooks."""
    dynamo = sys.modules.get("torch._dynamo.utils")  # importing it takes longer than most phases
    return dynamo is not None and bool(dynamo.counters["frames"])


def _is_alive(scores: Tensor) -> bool:
    """Whether a pass had values to drop.

    Where too large steps have ended all units, or made NaN of their values, dropout zeroes nothing that was not zero.
    The scores (N, K) are the same for all images then, or not finite. A single image does not tell.
    """
    numbers = to_numpy(scores)
    alike = len(numbers) > 1 and bool((numbers == numbers[:1]).all())
    return bool(np.isfinite(numbers).all()) and not alike


class Watcher:
    """Traces passes at randomly chosen batches.

    It listens to what the loader hands out, and traces the next pass of `net`.

    Where the whole training set is read at once, passes of the network are counted in the place of batches.

    Args:
        net: the network that is trained.
        batch_size: samples in a batch.
        batches: how many of them the training has in all.
        seed: chooses among them.
    """

    def __init__(self, net: nn.Module, batch_size: int, batches: int, seed: int) -> None:
        self._net, self._batch_size = net, batch_size
        # the first is left alone: with it a network may be compiled, for a world without hooks
        later = range(1, max(2, batches))
        self._chosen = frozenset(random.Random(seed).sample(later, min(PASSES, len(later))))  # noqa: S311 - no secret
        self._number = 0
        """Number of the next batch or pass."""
        self._by_pass = False
        self._hooks: list[RemovableHandle] = []
        self._trace: _Quiet | None = None
        self._traced = self._dropping = 0

    @property
    def seen(self) -> Witness:
        """What was seen in the training."""
        return Witness(self._traced, self._dropping)

    def note_pass(self) -> None:
        """Nothing: batches are counted."""

    def note_handed(self, indices: Sequence[int] | Tensor) -> None:
        """Count a batch; trace the next pass if chosen."""
        if self._by_pass or not len(indices):
            return
        self._by_pass = len(indices) > 4 * self._batch_size
        if (self._by_pass or self._number in self._chosen) and not self._hooks and not _compiled_anything():
            self._hooks = [
                register_module_forward_pre_hook(self._begin),
                register_module_forward_hook(self._end, always_call=True),
            ]
        self._number += not self._by_pass

    def _begin(self, module: nn.Module, arguments: tuple[Any, ...]) -> None:
        """Start tracing if this pass trains."""
        if module is not self._net or self._trace is not None or not arguments or not _is_plain():
            return
        self._number += self._by_pass
        if self._by_pass and self._number - 1 not in self._chosen:
            return
        if not (module.training and torch.is_grad_enabled() and isinstance(arguments[0], Tensor)):
            return
        self._trace = _Quiet()
        self._trace.learn_inputs(module, arguments[0])
        self._trace.__enter__()  # type: ignore[no-untyped-call]  # it is left in `_end`, whatever happens in between

    def _end(self, module: nn.Module, arguments: tuple[Any, ...], result: Any) -> None:
        """Record the trace and stop."""
        trace = self._trace
        if module is not self._net or trace is None:
            return
        trace.__exit__(None, None, None)  # type: ignore[no-untyped-call]
        self._trace = None
        if not self._by_pass or self._traced >= PASSES:
            self.leave()
        scores = scores_in(result, len(arguments[0]))
        if trace.broken or scores is None or not trace.origin(scores).images:
            return
        dropping = any(site.used for site in trace.found(scores))
        self._traced += dropping or _is_alive(scores)
        self._dropping += dropping

    def leave(self) -> None:
        """Take all hooks away."""
        for hook in self._hooks:
            hook.remove()
        self._hooks, self._trace = [], None
