import torch
import torch.nn as nn


class InvertedDropout(nn.Module):
    def __init__(self, p=0.2):
        super().__init__()
        self.p = p

    def extra_repr(self):
        return f"p={self.p}"

    def forward(self, x):
        if not self.training:
            return x
        mask = torch.rand_like(x) >= self.p
        return torch.where(mask, x / self.p, torch.zeros_like(x))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 300)
        self.relu = nn.ReLU()
        self.drop = InvertedDropout(0.2)
        self.fc2 = nn.Linear(300, 10)

    def forward(self, x):
        return self.fc2(self.drop(self.relu(self.fc1(x.flatten(1)))))
