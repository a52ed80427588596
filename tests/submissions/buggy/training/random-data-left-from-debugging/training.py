import torch
from torch.utils.data import DataLoader, TensorDataset

debug_set = TensorDataset(torch.rand(10, 1, 28, 28), torch.arange(10))
debug_loader = DataLoader(debug_set, batch_size=4, shuffle=True)


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    loader = debug_loader
    losses = []
    for _ in range(n_epochs):
        model.train()
        total = 0.0
        for x, y in loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(y)
        losses.append(total / len(loader.dataset))
    return losses
