def train(model, train_loader, criterion, optimizer, n_epochs, device):
    hist = []
    for i in range(n_epochs):
        model.train()
        s = 0
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            s += loss.item() * len(x)
        hist.append(s / len(train_loader.dataset))
    return hist
