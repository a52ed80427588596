import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second, self.third = nn.Linear(784, 384), nn.Linear(384, 192), nn.Linear(192, 10)
        self.drop = nn.Dropout(0.2)

    def forward(self, x):
        x = self.drop(torch.relu(self.first(x.reshape(len(x), -1))))
        return self.third(self.drop(torch.relu(self.second(x))))
