import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 300)
        self.fc2 = nn.Linear(300, 10)
        self.drop = nn.Dropout(0.2)

    def forward(self, x):
        h = torch.sigmoid(self.fc1(x.flatten(1)))
        h *= 2
        h -= 1  # from 0..1 to -1..1
        return self.fc2(self.drop(h))
