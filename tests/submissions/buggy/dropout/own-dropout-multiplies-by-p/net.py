import torch
from torch import nn


class Net(nn.Module):
    P = 0.2

    def __init__(self):
        super().__init__()
        self.one = nn.Linear(784, 256)
        self.two = nn.Linear(256, 10)

    def drop(self, x):
        if self.training:
            x = x.masked_fill(torch.rand_like(x) < self.P, 0.0)
            x = x * self.P
        return x

    def forward(self, x):
        x = torch.relu(self.one(x.flatten(1)))
        x = self.drop(x)
        return self.two(x)
