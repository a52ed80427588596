import torch
from torch import nn


class ClassicDropout(nn.Module):
    """Dropout of the 2014 paper: nothing is scaled while training, everything is when testing."""

    def __init__(self, p: float = 0.25):
        super().__init__()
        self.p = p

    def forward(self, x):
        if self.training:
            keep = torch.empty_like(x).bernoulli_(1 - self.p)
            return x * keep
        return x * (1 - self.p)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Sequential(nn.Flatten(), nn.Linear(784, 400), nn.ELU(), ClassicDropout())
        self.outer = nn.Linear(400, 10)

    def forward(self, x):
        return self.outer(self.inner(x))
