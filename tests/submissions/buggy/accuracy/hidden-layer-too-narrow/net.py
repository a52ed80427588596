import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, hidden=20):
        super().__init__()
        self.hidden = nn.Linear(784, hidden)
        self.drop = nn.Dropout(0.1)
        self.out = nn.Linear(hidden, 10)

    def forward(self, x):
        return self.out(self.drop(torch.relu(self.hidden(x.flatten(1)))))
