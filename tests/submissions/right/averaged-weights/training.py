"""Keeps an exponential moving average of the weights and hands the average over at the end."""

import torch

DECAY = 0.99


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    average = {name: value.detach().clone() for name, value in model.state_dict().items()}
    losses, step = [], 0
    for epoch in range(n_epochs):
        model.train()
        total = 0.0
        for images, labels in train_loader:
            images, labels = images.to(device), labels.to(device)
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
            step += 1
            decay = min(DECAY, step / (step + 10))
            with torch.no_grad():
                for name, value in model.state_dict().items():
                    if value.is_floating_point():
                        average[name].mul_(decay).add_(value, alpha=1 - decay)
                    else:
                        average[name].copy_(value)
        losses.append(total / len(train_loader.dataset))
    model.load_state_dict(average)
    return losses
