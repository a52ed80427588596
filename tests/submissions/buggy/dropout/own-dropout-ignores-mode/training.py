def train(model, train_loader, criterion, optimizer, n_epochs, device):
    history = {"loss": []}
    for _ in range(n_epochs):
        model.train()
        total, count = 0.0, 0
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
            count += len(x)
        history["loss"].append(total / count)
    return history["loss"]
