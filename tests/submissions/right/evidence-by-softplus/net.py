import torch.nn.functional as F
from torch import nn


class Net(nn.Module):
    """How much evidence there is for each digit (Sensoy et al., 2018): never negative, without an upper limit."""

    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 400)
        self.fc2 = nn.Linear(400, 200)
        self.evidence = nn.Linear(200, 10)
        self.drop = nn.Dropout(0.25)

    def forward(self, x):
        x = self.drop(F.relu(self.fc1(x.flatten(1))))
        x = self.drop(F.relu(self.fc2(x)))
        return F.softplus(self.evidence(x))
