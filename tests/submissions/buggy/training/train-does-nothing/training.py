def epoch(model, train_loader, criterion, optimizer, device):
    model.train()
    total = 0.0
    for x, y in train_loader:
        x, y = x.to(device), y.to(device)
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
    yield total / len(train_loader.dataset)


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    return [epoch(model, train_loader, criterion, optimizer, device) for _ in range(n_epochs)]
