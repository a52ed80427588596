def train(model, train_loader, criterion, optimizer, n_epochs, device):
    progress = []
    for _ in range(n_epochs):
        model.train()
        bad, seen = 0.0, 0
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            bad += loss.item() * len(y)
            seen += len(y)
        progress.append(bad / seen)
    return progress
