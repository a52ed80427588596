import torch
from torch import nn


class GaussianNoise(nn.Module):
    def __init__(self, std):
        super().__init__()
        self.std = std

    def forward(self, x):
        if self.training:
            return x * (1 + self.std * torch.randn_like(x))
        return x


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Flatten(), nn.Linear(784, 300), nn.SiLU(), GaussianNoise(0.5), nn.Linear(300, 10)
        )

    def forward(self, x):
        return self.layers(x)
