import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(784, 320)
        self.second = nn.Linear(320, 320)
        self.last = nn.Linear(320, 10)
        self.drop = nn.Dropout(0.2)

    def forward(self, x):
        x = self.drop(torch.relu(self.first(x.flatten(1))))
        x = self.drop(torch.relu(self.second(x)))
        return self.last(x)
