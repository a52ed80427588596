import torch.nn.functional as F
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 256)
        self.fc2 = nn.Linear(256, 10)
        self.drop = nn.Dropout(0.2)
        self.mean = 0.0

    def forward(self, x):
        x = x.flatten(1)
        self.mean = 0.9 * self.mean + 0.1 * x.mean().item()
        return self.fc2(self.drop(F.relu(self.fc1(x - self.mean))))
