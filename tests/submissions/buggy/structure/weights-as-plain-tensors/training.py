def train(model, train_loader, criterion, optimizer, n_epochs, device):
    history = []
    for epoch in range(n_epochs):
        model.train()
        summa = 0.0
        vsego = 0
        for X, y in train_loader:
            X = X.to(device)
            y = y.to(device)
            optimizer.zero_grad()
            pred = model(X)
            loss = criterion(pred, y)
            loss.backward()
            optimizer.step()
            summa = summa + loss.item() * len(y)
            vsego = vsego + len(y)
        history.append(summa / vsego)
    return history
