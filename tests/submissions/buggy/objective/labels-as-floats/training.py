def train(model, train_loader, criterion, optimizer, n_epochs, device):
    errors = []
    for _ in range(n_epochs):
        model.train()
        error = 0.0
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            error += loss.item() * len(x)
        errors.append(error / len(train_loader.dataset))
    return errors
