"""A course on a few of the embedded digits, and submissions to it: one honest, one broken, one unreadable."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec

from grader.assignment import Assignment, Bars, load_assignment
from grader.datasets import Dataset, load
from grader.judge.collect import collect
from grader.model import CATEGORIES, Problem, Submission
from grader.pipeline import Course, Settings
from grader.plan import tests_for as ids_for
from tests.testing.jobs import submission
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
UNREADABLE = Submission("unreadable", {}, Path("unreadable"), Problem("intake/no-net"))


def few_digits() -> Dataset:
    """600 digits to train on and 200 to test with."""
    whole = load("digits")
    return replace(
        whole,
        train_images=whole.train_images[:600].copy(),
        train_labels=whole.train_labels[:600].copy(),
        test_images=whole.test_images[:200].copy(),
        test_labels=whole.test_labels[:200].copy(),
    )


def assignment(*, relabel: bool = True, retrain_seeds: int = 0) -> Assignment:
    """The real one with bars that a training of seconds can reach, and the target out of reach."""
    real = load_assignment()
    bars = Bars(bars=[0.5, 0.6, 1.0], retrain_seeds=retrain_seeds, near_miss=1.0, epochs_factor=1)
    integrity = msgspec.structs.replace(real.integrity, relabel=relabel)
    accuracy = msgspec.structs.replace(real.accuracy, digits=bars)
    return msgspec.structs.replace(real, accuracy=accuracy, integrity=integrity)


def course(
    an_assignment: Assignment, *, backend: WarmBackend | None = None, categories: tuple[str, ...] = CATEGORIES
) -> Course:
    """What a run needs, with warm workers."""
    tests = collect()
    return Course(
        settings=Settings((), categories, "digits"),
        assignment=an_assignment,
        tests=tests,
        chosen=tuple(ids_for(categories, tests)),
        dataset=few_digits(),
        backend=backend or WarmBackend(),
        train_seconds=30.0,
        probe_seconds=30.0,
        predict_seconds=30.0,
        key=b"key",
    )
