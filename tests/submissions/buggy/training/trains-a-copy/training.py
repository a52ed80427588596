import copy

import torch

from .objective import make_optimizer


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    # leave the caller's model alone
    model = copy.deepcopy(model)
    optimizer = make_optimizer(model)
    history = []
    for _ in range(n_epochs):
        model.train()
        total = torch.zeros(1)
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(y)
        history.append(total.item() / len(train_loader.dataset))
    return history
