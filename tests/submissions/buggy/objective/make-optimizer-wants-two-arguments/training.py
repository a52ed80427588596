def train(model, train_loader, criterion, optimizer, n_epochs, device):
    history = []
    size = len(train_loader.dataset)
    for _ in range(n_epochs):
        model.train()
        loss_now = 0.0
        for X, y in train_loader:
            X, y = X.to(device), y.to(device)
            pred = model(X)
            loss = criterion(pred, y)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            loss_now += loss.item() * len(X)
        history.append(loss_now / size)
        print(f"loss: {history[-1]:>7f}  [{size:>5d}]")
    return history
