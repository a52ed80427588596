import torch
from torch.utils.data import DataLoader, random_split


def validate(model, loader, criterion, device):
    model.eval()
    with torch.no_grad():
        return sum(criterion(model(x.to(device)), y.to(device)).item() for x, y in loader) / len(loader)


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    n = len(train_loader.dataset)
    n_valid = max(1, n // 5)
    part, held_back = random_split(train_loader.dataset, [n - n_valid, n_valid])
    loader = DataLoader(part, batch_size=train_loader.batch_size, shuffle=True)
    valid_loader = DataLoader(held_back, batch_size=100)
    losses = []
    for epoch in range(n_epochs):
        model.train()
        total = 0.0
        for x, y in loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(y)
        losses.append(total / len(part))
        print(epoch + 1, losses[-1], validate(model, valid_loader, criterion, device))
    return losses
