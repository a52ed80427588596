def train(model, train_loader, criterion, optimizer, n_epochs, device):
    out = []
    for _ in range(n_epochs):
        model.train()
        acc = 0
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            acc += loss.item() * len(y)
        out.append(acc / len(train_loader.dataset))
    return out
