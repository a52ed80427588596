"""A bench with a submission on it, made of a few lines of source."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest
import torch

from grader.worker.bench import Bench
from grader.worker.submission import PACKAGE, unpack

Examine = Callable[..., Bench]

OBJECTIVE = """
import torch
from torch import nn
BATCH_SIZE = 16
N_EPOCHS = 2
def make_criterion():
    return nn.CrossEntropyLoss()
def make_optimizer(model):
    return torch.optim.SGD(model.parameters(), lr=0.05)
"""
NET = """
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(784, 32), nn.ReLU(), nn.Linear(32, 10))
    def forward(self, images):
        return self.layers(images)
"""
TRAINING = """
def train(model, train_loader, criterion, optimizer, n_epochs, device):
    return [0.0] * n_epochs
"""


def digits_like(n: int = 64) -> tuple[torch.Tensor, torch.Tensor]:
    """Images float32 (n, 1, 28, 28) that are dark around and bright within, and labels int64 (n,)."""
    generator = torch.Generator().manual_seed(5)
    images = torch.zeros(n, 1, 28, 28)
    images[:, :, 6:22, 8:20] = torch.rand(n, 1, 16, 12, generator=generator)
    return images, torch.arange(n) % 10


@pytest.fixture(scope="package", autouse=True)
def _one_thread() -> None:
    """Small tensors gain nothing from threads, and test processes run beside each other."""
    torch.set_num_threads(1)


@pytest.fixture
def examine(tmp_path: Path) -> Iterator[Examine]:
    """`examine(net=…, objective=…, training=…)` gives a bench; modules left out are plain right ones.

    The package is forgotten afterwards, as a fresh process would have it.
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
