def train(model, train_loader, criterion, optimizer, n_epochs, device):
    all_epochs = []
    for _ in range(n_epochs):
        model.train()
        running = 0
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            running += loss * len(y)
        all_epochs.append(running / len(train_loader.dataset))
    return all_epochs
