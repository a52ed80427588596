import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.dense1 = nn.Linear(784, 256)
        self.dense2 = nn.Linear(256, 256)
        self.dense3 = nn.Linear(256, 10)
        self.drop = nn.Dropout(0.25)

    def forward(self, x):
        h = torch.relu(self.dense1(x.flatten(1)))
        h = self.drop(h)
        h = torch.relu(self.dense2(h))
        h = self.drop(h)
        return self.dense3(h)
