import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 256)
        self.fc2 = nn.Linear(256, 10)
        self.drop = nn.Dropout(0.25)

    def forward(self, x):
        x = torch.relu(self.fc1(x.flatten(1)))
        if not self.training:
            x = nn.functional.dropout(x, self.drop.p, training=True)
        return self.fc2(x)
