def train(model, train_loader, criterion, optimizer, n_epochs, device):
    """Returns the mean loss of the last epoch."""
    mean = 0.0
    for _ in range(n_epochs):
        model.train()
        mean, seen = 0.0, 0
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            seen += len(y)
            mean += (loss.item() - mean) * len(y) / seen
    return mean
