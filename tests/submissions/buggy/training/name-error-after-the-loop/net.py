import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.h = nn.Linear(784, 150)
        self.s = nn.Linear(150, 10)
        self.d = nn.Dropout(0.1)

    def forward(self, x):
        return self.s(self.d(torch.tanh(self.h(x.flatten(1)))))
