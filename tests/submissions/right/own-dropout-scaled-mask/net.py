import torch
from torch import nn


def drop(x, p, on):
    if not on or p == 0:
        return x
    # маска сразу содержит 0 или 1/(1-p)
    mask = (torch.rand(x.shape, device=x.device) >= p).to(x.dtype) / (1 - p)
    return x * mask


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.p = 0.3
        self.w1 = nn.Parameter(torch.randn(784, 256) * (2 / 784) ** 0.5)
        self.b1 = nn.Parameter(torch.zeros(256))
        self.w2 = nn.Parameter(torch.randn(256, 10) * (1 / 256) ** 0.5)
        self.b2 = nn.Parameter(torch.zeros(10))

    def forward(self, x):
        x = x.reshape(x.shape[0], -1)
        h = torch.clamp(x @ self.w1 + self.b1, min=0)   # это и есть ReLU
        h = drop(h, self.p, self.training)
        return h @ self.w2 + self.b2
