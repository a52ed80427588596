import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(784, 300)
        self.dec = nn.Linear(300, 10)
        self.drop = nn.Dropout(0.2)

    def forward(self, x):
        return self.dec(self.drop(torch.relu(self.enc(x.flatten(1)))))
