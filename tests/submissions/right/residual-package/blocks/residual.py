from torch import Tensor, nn


class ResidualBlock(nn.Module):
    """x + f(x), f = LayerNorm, Linear, GELU, Dropout, Linear. Shapes stay (N, width)."""

    def __init__(self, width: int, p: float):
        super().__init__()
        self.f = nn.Sequential(
            nn.LayerNorm(width),
            nn.Linear(width, width),
            nn.GELU(),
            nn.Dropout(p),
            nn.Linear(width, width),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.f(x)
