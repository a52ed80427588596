"""Layers are counted by what they do. It doesn't matter how their weights are kept."""

from __future__ import annotations

from textwrap import indent

import pytest

from grader.worker.probes.layers import layers
from tests.testing.bench import Examine

NET = """
import torch
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.vector = nn.Parameter(torch.randn(784 * 20 + 20 * 10))
        self.matrix = nn.Parameter(torch.randn(784, 10))
        self.square = nn.Linear(10, 10)
        self.norm = nn.LayerNorm(10)
    def forward(self, x):
        x = x.flatten(1)
"""
BOTH = "w, v = self.vector.split([784 * 20, 200])\n"
COUNTED = {
    "one layer": ("return x @ self.matrix", 2),
    "one layer in two halves": ("return torch.cat([x @ self.matrix[:, :5], x @ self.matrix[:, 5:]], 1)", 2),
    "one layer of two factors": ("return x @ (self.matrix @ self.square.weight)", 2),
    "the same layer again": ("return self.square(self.square(x @ self.matrix))", 2),
    "cut out of a vector": (BOTH + "return (x @ w.view(784, 20)).relu() @ v.view(20, 10)", 2),
    "a vector and a layer": (BOTH + "return self.square((x @ w.view(784, 20)).relu() @ v.view(20, 10))", 3),
    "written out": (BOTH + "return self.norm(((x @ w.view(784, 20))[:, None] * v.view(10, 20)).sum(-1))", 2),
}


@pytest.mark.parametrize(("body", "count"), COUNTED.values(), ids=COUNTED.keys())
def test_layers_are_counted(body: str, count: int, examine: Examine) -> None:
    """Layers are counted by matrices or by passing.

    At least the registered matrices count (two here), or the layers passed on the way where these are more.
    """
    assert layers(examine(net=NET + indent(body, " " * 8))).weight_tensors == count
