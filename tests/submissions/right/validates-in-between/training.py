import copy

import torch


@torch.no_grad()
def accuracy(model, loader, device):
    model.eval()
    right = sum((model(x.to(device)).argmax(1) == y.to(device)).sum().item() for x, y in loader)
    return right / len(loader.dataset)


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    """Measures the accuracy after every epoch and keeps the best weights."""
    best, best_state, history = 0.0, copy.deepcopy(model.state_dict()), []
    for epoch in range(n_epochs):
        model.train()
        total = 0.0
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(y)
        history.append(total / len(train_loader.dataset))
        now = accuracy(model, train_loader, device)
        if now >= best:
            best, best_state = now, copy.deepcopy(model.state_dict())
    model.load_state_dict(best_state)
    return history
