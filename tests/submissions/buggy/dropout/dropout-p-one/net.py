import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, keep=1.0):
        super().__init__()
        self.fc1 = nn.Linear(784, 400)
        self.fc2 = nn.Linear(400, 10)
        self.dropout = nn.Dropout(keep)  # keep everything to begin with

    def forward(self, x):
        return self.fc2(self.dropout(torch.relu(self.fc1(torch.flatten(x, 1)))))
