import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.up = nn.Linear(784, 500)
        self.down = nn.Linear(500, 10)
        self.drop = nn.Dropout(0.25)

    def forward(self, x):
        return self.down(self.drop(torch.relu(self.up(torch.flatten(x, 1)))))
