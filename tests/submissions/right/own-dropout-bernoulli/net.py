import torch
from torch import nn, Tensor


class BernoulliDropout(nn.Module):
    """Zeroes each element with probability p; what is left is divided by 1 - p."""

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        if not 0 < p < 1:
            raise ValueError(f"p must lie between 0 and 1, got {p}")
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        keep = torch.full_like(x, 1 - self.p)
        mask = torch.bernoulli(keep)
        return x * mask / (1 - self.p)


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Flatten(),
            nn.Linear(784, 300), nn.Tanh(), BernoulliDropout(0.1),
            nn.Linear(300, 150), nn.Tanh(), BernoulliDropout(0.1),
        )
        self.readout = nn.Linear(150, 10)

    def forward(self, images: Tensor) -> Tensor:
        return self.readout(self.body(images))
