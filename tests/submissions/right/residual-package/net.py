from torch import nn

from .blocks import ResidualBlock


class Net(nn.Module):
    def __init__(self, width: int = 256, depth: int = 3, p: float = 0.15):
        super().__init__()
        self.stem = nn.Sequential(nn.Flatten(), nn.Linear(784, width))
        self.blocks = nn.ModuleList(ResidualBlock(width, p) for _ in range(depth))
        self.head = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 10))

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        return self.head(x)
