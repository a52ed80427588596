import math

import torch
import torch.nn.functional as F


def random_affine(images, degrees=10.0, shift=0.08, scale=0.08):
    """Turn, move and resize each image a little, each differently. (N, 1, 28, 28) -> the same shape."""
    n = images.shape[0]

    def between(low, high):
        return low + (high - low) * torch.rand(n, device=images.device)

    angle = between(-degrees, degrees) * math.pi / 180
    size = between(1 - scale, 1 + scale)
    cos, sin = torch.cos(angle) / size, torch.sin(angle) / size
    dx, dy = between(-2 * shift, 2 * shift), between(-2 * shift, 2 * shift)
    matrices = torch.stack([torch.stack([cos, -sin, dx], 1), torch.stack([sin, cos, dy], 1)], 1)  # (N, 2, 3)
    grid = F.affine_grid(matrices, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, align_corners=False)
