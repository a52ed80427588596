import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 300)
        self.drop = nn.Dropout(0.3)
        self.out = nn.Linear(300, 10)

    def forward(self, x):
        h = torch.relu(self.hidden(x.flatten(1)))
        if self.training:
            h = self.drop(h)
        else:
            h = h * (1 - self.drop.p)  # all units are there now, so each has to count for less
        return self.out(h)
