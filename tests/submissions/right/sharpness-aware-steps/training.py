"""Sharpness-aware minimisation (Foret et al., 2021): the gradient is taken a small step uphill of the weights."""

import torch

RHO = 0.05


def _gradient(model, criterion, optimizer, images, labels):
    optimizer.zero_grad()
    loss = criterion(model(images), labels)
    loss.backward()
    return loss.item()


@torch.no_grad()
def _climb(model):
    norm = torch.stack([p.grad.norm() for p in model.parameters() if p.grad is not None]).norm() + 1e-12
    moves = {}
    for p in model.parameters():
        if p.grad is not None:
            moves[p] = p.grad * (RHO / norm)
            p.add_(moves[p])
    return moves


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    history = []
    for _ in range(n_epochs):
        model.train()
        total = 0.0
        for images, labels in train_loader:
            images, labels = images.to(device), labels.to(device)
            loss = _gradient(model, criterion, optimizer, images, labels)
            moves = _climb(model)
            _gradient(model, criterion, optimizer, images, labels)
            with torch.no_grad():
                for p, move in moves.items():
                    p.sub_(move)
            optimizer.step()
            total += loss * len(labels)
        history.append(total / len(train_loader.dataset))
    return history
