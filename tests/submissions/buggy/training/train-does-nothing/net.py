import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear_in = nn.Linear(784, 128)
        self.linear_out = nn.Linear(128, 10)
        self.dropout = nn.Dropout(0.2)

    def forward(self, x):
        return self.linear_out(self.dropout(torch.relu(self.linear_in(x.flatten(1)))))
