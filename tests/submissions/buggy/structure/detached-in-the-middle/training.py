def train(model, train_loader, criterion, optimizer, n_epochs, device):
    model = model.train()
    result = []
    for _ in range(n_epochs):
        n, acc = 0, 0.0
        for xb, yb in train_loader:
            xb, yb = xb.to(device), yb.to(device)
            loss = criterion(model(xb), yb)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            acc += loss.item() * len(xb)
            n += len(xb)
        result.append(acc / n)
    return result
