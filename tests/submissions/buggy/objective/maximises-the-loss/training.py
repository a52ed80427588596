def train(model, train_loader, criterion, optimizer, n_epochs, device):
    curve, n = [], len(train_loader.dataset)
    for epoch in range(n_epochs):
        model.train()
        curve.append(0)
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            curve[epoch] += loss.item() * len(y)
        curve[epoch] /= n
    return curve
