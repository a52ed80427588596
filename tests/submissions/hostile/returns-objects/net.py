import torch
from torch import nn



import numpy as np


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.only = nn.Linear(784, 10)
        self.calls = 0

    def forward(self, x):
        self.calls += 1
        n = len(x)
        made = [np.empty((n, 10), dtype=object), np.full((n, 10), "9"), torch.zeros(n, 10, dtype=torch.complex64)]
        return made[self.calls % 3]
