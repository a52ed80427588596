"""How much slower than the reference machine this one is.

A short fixed piece of work, of the kind training is made of (matrix products and passes over memory, in float32),
is timed once. Limits are multiplied by the ratio to the reference machine, and never made shorter than they stand.
"""

from __future__ import annotations

import time

import numpy as np

REFERENCE_SECONDS = 0.040
"""Of `_work` on the reference machine: two cores of a current server."""
_REPEATS = 3


def _work(rng: np.random.Generator) -> float:
    a = rng.random((512, 512), dtype=np.float32)
    begin = time.perf_counter()
    for _ in range(12):
        a = np.maximum(a @ a, 0)
        a /= a.max()
    return time.perf_counter() - begin


def machine_factor() -> float:
    """At least 1.0: by what to multiply the limits of `assignment.toml` on this machine, as loaded as it is now."""
    rng = np.random.default_rng(0)
    # the slowest of a few: a machine that is busy now will be busy during the training
    return max(1.0, max(_work(rng) for _ in range(_REPEATS)) / REFERENCE_SECONDS)
