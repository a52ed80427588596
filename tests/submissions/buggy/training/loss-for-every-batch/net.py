import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.u = nn.Linear(784, 300)
        self.v = nn.Linear(300, 10)
        self.drop = nn.Dropout(0.2)

    def forward(self, x):
        return self.v(self.drop(torch.relu(self.u(x.flatten(1)))))
