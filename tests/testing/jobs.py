"""Small submissions, and jobs that execute them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

import numpy as np

from grader.model import Execution, Identity, Job, JobPhase, Submission
from grader.protocol.limits import Limits
from grader.sandbox.base import Backend, Sandbox
from grader.schedule.base import Listener, Place, Task
from grader.schedule.execute import execute

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
STRUCTURE = JobPhase("structure", ("load", "build", "shapes"), 30.0)
LIMITS = Limits(scratch_bytes=64 << 20, file_bytes=64 << 20, output_bytes=4096)


def submission(name: str = "tiny", **sources: str) -> Submission:
    """Make a plain submission. `sources` replace some of its modules."""
    modules = {"net": NET, "objective": OBJECTIVE, "training": TRAINING} | sources
    files = {f"{module}.py": dedent(source).encode() for module, source in modules.items()}
    return Submission(Identity(name), files, origin=Path(name))


class NoisyInputs:
    """Noise in place of digits, with queries for phases that score."""

    def arrays(self, phase: str, part: int = 0) -> Mapping[str, np.ndarray[Any, Any]]:
        rng = np.random.default_rng(0)
        data: dict[str, np.ndarray[Any, Any]] = {
            "sample_images": rng.integers(0, 256, (64, 28, 28), dtype=np.uint8),
            "sample_labels": np.arange(64) % 10,
        }
        if phase in ("train", "few-shot"):
            data |= {"train_images": data["sample_images"], "train_labels": data["sample_labels"]}
        if phase.startswith("predict"):
            rng = np.random.default_rng(part)
            data["queries"] = rng.integers(0, 256, (20, 28, 28), dtype=np.uint8)
        return data


def job(a_submission: Submission, *phases: JobPhase) -> Job:
    """Make a job of these phases on the CPU."""
    return Job(
        files=a_submission.files,
        phases=phases or (STRUCTURE,),
        limits=LIMITS,
        dataset="digits",
        seed=0,
        data_seed=0,
        device="cpu",
        threads=1,
        relabel=False,
        noise=0,
    )


class OneSandbox:
    """A backend that launches what it was given."""

    name = "one"
    by_name_alone = True
    forks = False

    def __init__(self, launch: Callable[[], Sandbox]) -> None:
        self._launch = launch

    def unavailable(self) -> str | None:
        return None

    def launch(self, spec: object) -> Sandbox:  # noqa: ARG002 - that is the point
        return self._launch()


def executed(a_job: Job, backend: Backend, listener: Listener = lambda *heard: None) -> Execution:
    """Execute a job in sandboxes of `backend`."""
    return execute(Task("task", a_job, NoisyInputs()), Place(backend, listener)).execution


Run = Callable[..., Execution]
