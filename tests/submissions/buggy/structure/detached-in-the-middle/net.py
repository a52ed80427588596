import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(784, 300)
        self.second = nn.Linear(300, 100)
        self.third = nn.Linear(100, 10)
        self.dropout = nn.Dropout(0.2)
        self.activations = {}

    def forward(self, x):
        x = self.dropout(torch.relu(self.first(x.flatten(1))))
        x = x.detach()
        self.activations["first"] = x  # for the histogram
        x = self.dropout(torch.relu(self.second(x)))
        return self.third(x)
