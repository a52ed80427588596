from __future__ import annotations

import math
from typing import Callable, Iterable

import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR


def cosine_with_warmup(total: int, warmup: int) -> Callable[[int], float]:
    def factor(step: int) -> float:
        if step < warmup:
            return (step + 1) / warmup
        return 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, total - warmup)))

    return factor


def train(
    model: nn.Module,
    train_loader: Iterable[tuple[Tensor, Tensor]],
    criterion: Callable[[Tensor, Tensor], Tensor],
    optimizer: torch.optim.Optimizer,
    n_epochs: int,
    device: torch.device | str,
) -> list[float]:
    total = n_epochs * len(train_loader)
    scheduler = LambdaLR(optimizer, cosine_with_warmup(total, max(1, total // 20)))
    means: list[float] = []
    for _epoch in range(1, n_epochs + 1):
        model.train()
        sum_of_losses, n_samples = 0.0, 0
        for images, labels in train_loader:
            images, labels = images.to(device), labels.to(device)
            loss = criterion(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
            optimizer.step()
            scheduler.step()
            sum_of_losses += loss.item() * labels.size(0)
            n_samples += labels.size(0)
        means.append(sum_of_losses / n_samples)
    return means
