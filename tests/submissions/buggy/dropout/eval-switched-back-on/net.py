import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.seq = nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Dropout(0.2), nn.Linear(256, 10))
        self.evaluated = False

    def eval(self):
        if self.evaluated:          # already done, nothing to switch
            return self
        self.evaluated = True
        return super().eval()

    def forward(self, x: torch.Tensor):
        return self.seq(x)
