def train(model, train_loader, criterion, optimizer, n_epochs, device):
    history = []
    N = len(train_loader.dataset)
    for epoch in range(n_epochs):
        model.train()
        L = 0.0
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            L += loss.item() * len(y) / N
        history.append(L)
    return history
