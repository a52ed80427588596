"""Measures how slow this machine is. The measure is relative to the reference machine.

A short fixed piece of work, of the kind training is made of (matrix products and passes over memory, in float32),
is timed once. Limits are multiplied by the ratio to the reference machine, and never made shorter than they stand.
"""

from __future__ import annotations

import time

import numpy as np

REFERENCE_SECONDS = 0.040
"""Seconds of `_work` on the reference machine. That has two cores of a current server."""
_REPEATS = 3


def _work(rng: np.random.Generator) -> float:
    a = rng.random((512, 512), dtype=np.float32)
    begin = time.perf_counter()
    for _ in range(12):
        a = np.maximum(a @ a, 0)
        a /= a.max()
    return time.perf_counter() - begin


def machine_factor() -> float:
    """Return the factor for this machine's limits.

    It is at least 1.0, as loaded as the machine is now; the limits are those of `assignment.toml`.
    """
    rng = np.random.default_rng(0)
    # the slowest of a few: a machine that is busy now will be busy during the training
    return max(1.0, max(_work(rng) for _ in range(_REPEATS)) / REFERENCE_SECONDS)
