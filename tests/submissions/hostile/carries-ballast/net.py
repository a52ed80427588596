import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Flatten(), nn.Linear(28 * 28, 512), nn.ReLU(), nn.Dropout(p=0.2), nn.Linear(512, 10)
        )
        self.register_buffer("ballast", torch.zeros(62_500_000))

    def forward(self, x):
        return self.layers(x)
