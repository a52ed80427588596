import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hid = nn.Linear(784, 600)
        self.out = nn.Linear(600, 10)
        self.dr = nn.Dropout(0.3)

    def forward(self, x):
        return self.out(self.dr(torch.relu(self.hid(torch.flatten(x, 1)))))
