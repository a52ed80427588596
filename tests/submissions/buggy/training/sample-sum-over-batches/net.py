import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.i = nn.Linear(784, 333)
        self.o = nn.Linear(333, 10)
        self.d = nn.Dropout(0.3)

    def forward(self, x):
        return self.o(self.d(torch.relu(self.i(x.flatten(1)))))
