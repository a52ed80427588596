import torch
from torch import nn



import sys

sys.setrecursionlimit(2**31 - 1)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.only = nn.Linear(784, 10)

    def forward(self, x):
        return self.forward(x)
