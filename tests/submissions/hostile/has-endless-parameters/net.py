import torch
from torch import nn



class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.only = nn.Linear(784, 10)

    def forward(self, x):
        return self.only(x.flatten(1))

    def named_parameters(self, *args, **kwargs):
        for number in range(100_000):
            yield f"{number}-" + "x" * 1000, self.only.weight

    def parameters(self, recurse=True):
        while True:
            yield self.only.weight
