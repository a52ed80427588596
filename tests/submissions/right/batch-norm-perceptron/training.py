import torch
from torch.optim.lr_scheduler import OneCycleLR

from .objective import MAX_LR


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    schedule = OneCycleLR(optimizer, MAX_LR, total_steps=n_epochs * len(train_loader), pct_start=0.2)
    history = []
    for _ in range(n_epochs):
        model.train()
        total = 0.0
        for images, labels in train_loader:
            images, labels = shift(images.to(device)), labels.to(device)
            optimizer.zero_grad(set_to_none=True)
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(labels)
        history.append(total / len(train_loader.dataset))
    return history


def shift(images, most=2):
    """Each image moved by up to `most` pixels in both directions, zeros moved in."""
    n, _, height, width = images.shape
    padded = torch.nn.functional.pad(images, (most,) * 4)
    dy = torch.randint(0, 2 * most + 1, (n, 1, 1), device=images.device)
    dx = torch.randint(0, 2 * most + 1, (n, 1, 1), device=images.device)
    rows = torch.arange(height, device=images.device).view(1, -1, 1) + dy
    columns = torch.arange(width, device=images.device).view(1, 1, -1) + dx
    sample = torch.arange(n, device=images.device).view(-1, 1, 1)
    return padded[sample, 0, rows, columns].unsqueeze(1)
