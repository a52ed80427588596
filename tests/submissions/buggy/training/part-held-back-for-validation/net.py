import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.one = nn.Linear(784, 512)
        self.two = nn.Linear(512, 10)
        self.dropout = nn.Dropout(0.3)

    def forward(self, x):
        return self.two(self.dropout(torch.relu(self.one(x.flatten(1)))))
