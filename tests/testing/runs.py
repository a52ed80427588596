"""Runs on a few digits, with submissions to grade. One is honest, one broken, one unreadable."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import msgspec

from grader.assignment import Assignment, Bars, load_assignment
from grader.categories import CATEGORIES
from grader.datasets import load
from grader.datasets.base import Dataset
from grader.judge.collect import collect, tests_for
from grader.model import Identity, Problem, Result, Submission
from grader.pipeline import Run, grade_all
from grader.schedule.base import Listener, Place
from grader.schedule.registry import start
from grader.setup import Settings, Setup, wall_seconds
from grader.store import Store
from grader.work import Work
from tests.testing.jobs import submission
from tests.testing.judging import judge_for_all
from tests.testing.warm import WarmBackend

HONEST_NET = """
import torch
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Dropout(0.2), nn.Linear(64, 10))
    def forward(self, images):
        return self.layers(images)
"""
TRAINING = """
import torch
def train(model, train_loader, criterion, optimizer, n_epochs, device):
    model.train()
    losses = []
    for epoch in range(n_epochs):
        running = 0.0
        for images, labels in train_loader:
            images, labels = images.to(device), labels.to(device)
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            running += loss.item() * len(labels)
        losses.append(running / len(train_loader.dataset))
    return losses
"""
HONEST_OBJECTIVE = """
import torch
BATCH_SIZE, N_EPOCHS = 32, 6
def make_criterion():
    return torch.nn.CrossEntropyLoss()
def make_optimizer(model):
    return torch.optim.Adam(model.parameters(), lr=3e-3)
"""
HONEST = submission("honest", net=HONEST_NET, objective=HONEST_OBJECTIVE, training=TRAINING)
BROKEN = submission("broken", net="import os\nos._exit(0)\n")
UNREADABLE = Submission(Identity("unreadable"), {}, Path("unreadable"), Problem("intake/no-net"))


def few_digits() -> Dataset:
    """Return 600 digits to train on and 200 to test with."""
    whole = load("digits")
    return replace(
        whole,
        train_images=whole.train_images[:600].copy(),
        train_labels=whole.train_labels[:600].copy(),
        test_images=whole.test_images[:200].copy(),
        test_labels=whole.test_labels[:200].copy(),
    )


def assignment(*, relabel: bool = True, retrain_seeds: int = 0) -> Assignment:
    """Return the assignment with bars for a training of seconds. Its target stays out of reach."""
    real = load_assignment()
    bars = Bars(bars=[0.5, 0.6, 1.0], retrain_seeds=retrain_seeds, near_miss=1.0, epochs_factor=1, max_moved_loss=0.3)
    integrity = msgspec.structs.replace(real.integrity, relabel=relabel)
    return msgspec.structs.replace(real, accuracy=real.accuracy | {"digits": bars}, integrity=integrity)


def setup_of(
    an_assignment: Assignment, *, backend: WarmBackend | None = None, categories: tuple[str, ...] = CATEGORIES
) -> Setup:
    """Prepare a run with warm workers."""
    tests = collect()
    return Setup(
        settings=Settings((), categories, "digits"),
        assignment=an_assignment,
        tests=tests,
        chosen=tuple(tests_for(categories, tests)),
        dataset=few_digits(),
        backend=backend or WarmBackend(),
        seconds=wall_seconds(an_assignment, 30.0),
        time_factor=1.0,
        secret=b"secret",
    )


def run_all(
    setup: Setup,
    *submissions: Submission,
    write: Callable[[Result], None] = lambda result: None,
    listen: Listener = lambda *heard: None,
    begin: Callable[[Work], None] = lambda work: None,
    foreseen: Callable[[int, int], None] = lambda known, total: None,
    set_aside: Callable[[Result], None] = lambda result: None,
    store: Store | None = None,
    engine: str = "serial",
    slots: int = 2,
) -> list[Result]:
    """Grade submissions, and return results as they are done."""
    started = start(engine, Place(setup.backend, listen, slots))
    with store or Store.in_memory() as opened, closing(started):
        run = Run(setup, started, judge_for_all(), opened, write, write, begin, foreseen, set_aside)
        return [work.the_result for work in grade_all(run, submissions)]
