def train(model, train_loader, criterion, optimizer, n_epochs, device):
    means = []
    model.train()
    for epoch in range(n_epochs):
        total = 0
        for x, y in train_loader:
            x = x.to(device)
            y = y.to(device)
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * x.shape[0]
        means += [total / len(train_loader.dataset)]
    return means
