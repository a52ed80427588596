PATIENCE = 5        # эпох без улучшения
MIN_DELTA = 1e-5


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    history, best, waited = [], float("inf"), 0
    for epoch in range(n_epochs):
        model.train()
        total = 0.0
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(y)
        history.append(total / len(train_loader.dataset))
        if history[-1] < best - MIN_DELTA:
            best, waited = history[-1], 0
        else:
            waited += 1
            if waited >= PATIENCE:
                print("потери больше не падают, остановка на эпохе", epoch + 1)
                break
    return history
