"""mixup: each image is blended with another of its batch, and so is the loss."""

import numpy as np
import torch

ALPHA = 0.2


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    rng = np.random.default_rng()
    history = []
    for _ in range(n_epochs):
        model.train()
        total = 0.0
        for images, labels in train_loader:
            images, labels = images.to(device), labels.to(device)
            share = float(rng.beta(ALPHA, ALPHA))
            order = torch.randperm(len(images), device=images.device)
            blended = share * images + (1 - share) * images[order]
            optimizer.zero_grad()
            scores = model(blended)
            loss = share * criterion(scores, labels) + (1 - share) * criterion(scores, labels[order])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
        history.append(total / len(train_loader.dataset))
    return history
