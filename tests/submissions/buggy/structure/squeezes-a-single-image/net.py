import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 256)
        self.fc2 = nn.Linear(256, 10)
        self.dropout = nn.Dropout(0.2)

    def forward(self, x):
        x = x.squeeze()             # (N, 28, 28)
        x = torch.flatten(x, 1)     # (N, 784)
        x = self.dropout(torch.relu(self.fc1(x)))
        return self.fc2(x)
