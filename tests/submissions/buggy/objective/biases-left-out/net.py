import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 300)
        self.fc2 = nn.Linear(300, 100)
        self.fc3 = nn.Linear(100, 10)
        self.drop = nn.Dropout(0.15)

    def forward(self, x):
        x = torch.flatten(x, 1)
        for layer in (self.fc1, self.fc2):
            x = self.drop(torch.relu(layer(x)))
        return self.fc3(x)
