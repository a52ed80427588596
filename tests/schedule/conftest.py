"""Small jobs and a slot for them, with workers forked from a warm process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

import numpy as np
import pytest

from grader.model import Execution, Job, PhasePlan, Submission
from grader.protocol.limits import Limits
from grader.schedule.execute import Slot, execute
from tests.warm import WarmBackend

NET = """
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.out = nn.Linear(784, 10)
    def forward(self, images):
        return self.out(images.flatten(1))
"""
OBJECTIVE = """
import torch
BATCH_SIZE, N_EPOCHS = 32, 2
def make_criterion():
    return torch.nn.CrossEntropyLoss()
def make_optimizer(model):
    return torch.optim.SGD(model.parameters(), lr=0.1)
"""
TRAINING = """
def train(model, train_loader, criterion, optimizer, n_epochs, device):
    losses = []
    for epoch in range(n_epochs):
        running = 0.0
        for images, labels in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            running += loss.item() * len(labels)
        losses.append(running / len(train_loader.dataset))
    return losses
"""
STRUCTURE = PhasePlan("structure", ("load", "build", "shapes"), 30.0)
LIMITS = Limits(memory_bytes=4 << 30, scratch_bytes=64 << 20, file_bytes=64 << 20, output_bytes=4096)


def submission(name: str = "tiny", **sources: str) -> Submission:
    """A plain submission with some modules in place of its own."""
    modules = {"net": NET, "objective": OBJECTIVE, "training": TRAINING} | sources
    files = {f"{module}.py": dedent(source).encode() for module, source in modules.items()}
    return Submission(name, files, origin=Path(name))


def arrays(phase: str) -> Mapping[str, np.ndarray[Any, Any]]:
    """Noise in the place of digits; queries where they are scored."""
    rng = np.random.default_rng(0)
    data: dict[str, np.ndarray[Any, Any]] = {
        "sample_images": rng.integers(0, 256, (64, 28, 28), dtype=np.uint8),
        "sample_labels": np.arange(64) % 10,
    }
    if phase == "train":
        data |= {"train_images": data["sample_images"], "train_labels": data["sample_labels"]}
    if phase == "predict":
        data["queries"] = rng.integers(0, 256, (20, 28, 28), dtype=np.uint8)
    return data


def job(a_submission: Submission, *phases: PhasePlan) -> Job:
    """A job on the CPU, of these phases."""
    return Job(
        submission=a_submission,
        phases=phases or (STRUCTURE,),
        limits=LIMITS,
        dataset="digits",
        seed=0,
        device="cpu",
        threads=1,
        relabelling=tuple(range(10)),
        noise=0,
    )


Run = Callable[..., Execution]


@pytest.fixture
def run() -> Run:
    """`run(*phases, net=…)` executes a submission made of these sources."""

    def execute_sources(*phases: PhasePlan, **sources: str) -> Execution:
        slot = Slot("warm", lambda: WarmBackend().launch(None), arrays)
        return execute(job(submission(**sources), *phases), slot)

    return execute_sources
