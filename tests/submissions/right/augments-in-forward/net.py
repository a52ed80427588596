import torch
import torch.nn.functional as F
from torch import nn


class Disturb(nn.Module):
    """Shifts every picture a little and blacks out a small square of it, in training only."""

    def forward(self, x):
        if not self.training:
            return x
        theta = torch.zeros(len(x), 2, 3, device=x.device)
        theta[:, 0, 0] = theta[:, 1, 1] = 1.0
        theta[:, :, 2] = (torch.rand(len(x), 2, device=x.device) - 0.5) * 0.15
        x = F.grid_sample(x, F.affine_grid(theta, x.shape, align_corners=False), align_corners=False)
        pixel = torch.arange(28, device=x.device)
        corner = torch.randint(0, 25, (2, len(x), 1), device=x.device)
        rows, columns = (pixel >= corner) & (pixel < corner + 4)      # two of (N, 28)
        square = rows[:, None, :, None] & columns[:, None, None, :]   # (N, 1, 28, 28)
        return x.masked_fill(square, 0.0)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.disturb = Disturb()
        self.layers = nn.Sequential(
            nn.Flatten(), nn.Linear(784, 512), nn.ReLU(), nn.Dropout(0.2), nn.Linear(512, 10)
        )

    def forward(self, x):
        return self.layers(self.disturb(x))
