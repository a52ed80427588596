import torch


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    losses = []
    for _ in range(n_epochs):
        model.train()
        total = torch.tensor(0.0, dtype=torch.float64)
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item() * y.shape[0]
        losses.append(float(total) / len(train_loader.dataset))
    return losses
