"""Benches with submissions of a few lines."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
import torch

from grader.worker.bench import Bench
from grader.worker.submission import PACKAGE, unpack
from tests.testing.bench import NET, OBJECTIVE, TRAINING, Examine, digits_like


@pytest.fixture(scope="package", autouse=True)
def _one_thread() -> None:
    """Compute with one thread. Small tensors gain nothing from more, and test processes run beside each other."""
    torch.set_num_threads(1)


@pytest.fixture
def examine(tmp_path: Path) -> Iterator[Examine]:
    """Make a bench: `examine(net=…, objective=…, training=…)`.

    Modules left out are plain right ones. The package is forgotten afterwards, as a fresh process would have it.
    """
    path = list(sys.path)

    def make(**sources: str) -> Bench:
        modules = {"net": NET, "objective": OBJECTIVE, "training": TRAINING} | sources
        files = {f"{name}.py": dedent(source).encode() for name, source in modules.items()}
        importlib.invalidate_caches()
        package = unpack(files, tmp_path)
        return Bench(package, *digits_like(), seed=1)

    yield make
    sys.path[:] = path
    for name in [name for name in sys.modules if name.split(".")[0] == PACKAGE]:
        del sys.modules[name]
