import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 300)
        self.fc2 = nn.Linear(300, 10)
        self.use_dropout = True

    def train(self, mode=True):
        self.use_dropout = mode
        return self

    def forward(self, x):
        x = torch.flatten(x, 1)
        x = F.dropout(F.relu(self.fc1(x)), 0.3, training=self.use_dropout)
        return self.fc2(x)
