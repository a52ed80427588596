def train(model, train_loader, criterion, optimizer, n_epochs, device):
    means = []
    for _ in range(n_epochs):
        model.train()
        running = 0.0
        for x, y in train_loader:
            optimizer.zero_grad()
            y = y.to(device)
            loss = criterion(model(x.to(device)), y)
            loss.backward()
            optimizer.step()
            running += loss.item() * len(y)
        means.append(running / len(train_loader.dataset))
    return means
