import math

import torch
from torch import nn


class Net(nn.Module):
    """All weights lie in one vector, as methods of second order like it, and are cut out of it in `forward`."""

    SHAPES = ((400, 784), (400,), (10, 400), (10,))

    def __init__(self):
        super().__init__()
        parts = [torch.randn(s) * (2 / s[1]) ** 0.5 if len(s) == 2 else torch.zeros(s) for s in self.SHAPES]
        self.theta = nn.Parameter(torch.cat([part.flatten() for part in parts]))
        self.drop = nn.Dropout(0.3)

    def forward(self, x):
        pieces = self.theta.split([math.prod(shape) for shape in self.SHAPES])
        w1, b1, w2, b2 = (piece.view(shape) for piece, shape in zip(pieces, self.SHAPES))
        h = torch.relu(x.flatten(1) @ w1.T + b1)
        return self.drop(h) @ w2.T + b2
