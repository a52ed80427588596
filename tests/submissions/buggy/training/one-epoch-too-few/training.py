def train(model, train_loader, criterion, optimizer, n_epochs, device):
    history = []
    for epoch in range(1, n_epochs):
        model.train()
        total = 0.0
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
        history.append(total / len(train_loader.dataset))
        print(f"Epoch {epoch}/{n_epochs}: {history[-1]:.4f}")
    return history
