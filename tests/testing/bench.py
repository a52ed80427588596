"""A plain right submission and images, for a worker's bench."""

from __future__ import annotations

from collections.abc import Callable

import torch

from grader.worker.bench import Bench

Examine = Callable[..., Bench]
"""The type of the fixture `examine` in `tests/worker/conftest.py`."""

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
    """Make images that are bright within, and labels. The images are float32 (n, 1, 28, 28), the labels int64 (n,)."""
    generator = torch.Generator().manual_seed(5)
    images = torch.zeros(n, 1, 28, 28)
    images[:, :, 6:22, 8:20] = torch.rand(n, 1, 16, 12, generator=generator)
    return images, torch.arange(n) % 10
