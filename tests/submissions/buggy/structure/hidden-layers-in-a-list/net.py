import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, sizes=(784, 256, 128)):
        super().__init__()
        self.hidden = [nn.Linear(a, b) for a, b in zip(sizes, sizes[1:])]
        self.drop = nn.Dropout(0.2)
        self.last = nn.Linear(sizes[-1], 10)

    def forward(self, x):
        x = x.flatten(1)
        for layer in self.hidden:
            x = self.drop(torch.relu(layer(x)))
        return self.last(x)
