def train(model, train_loader, criterion, optimizer, n_epochs, device):
    """Стохастический градиентный спуск: на каждой эпохе берём случайную пачку."""
    model.train()
    values = []
    for epoch in range(n_epochs):
        x, y = next(iter(train_loader))
        x, y = x.to(device), y.to(device)
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        values.append(loss.item())
    return values
