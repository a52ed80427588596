from dataclasses import dataclass

import torch
from torch import nn


@dataclass(frozen=True)
class Config:
    n_pixels: int = 28 * 28
    n_hidden: int = 384
    n_layers: int = 3
    n_classes: int = 10
    p: float = 0.15


class Net(nn.Module):
    def __init__(self, config: Config = Config()):
        super().__init__()
        widths = [config.n_pixels] + [config.n_hidden] * config.n_layers
        layers: list[nn.Module] = [nn.Flatten()]
        for a, b in zip(widths, widths[1:]):
            layers += [nn.Linear(a, b), nn.LayerNorm(b), nn.GELU(), nn.Dropout(config.p)]
        layers.append(nn.Linear(widths[-1], config.n_classes))
        self.net = nn.Sequential(*layers)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.net(x)
