import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.inp = nn.Linear(784, 512)
        self.out = nn.Linear(512, 10)
        self.drop = nn.Dropout(0.2)

    def forward(self, x):
        return self.out(self.drop(torch.relu(self.inp(x.view(len(x), -1)))))
