def train(model, train_loader, criterion, optimizer, n_epochs, device):
    losses = []
    for epoch in range(n_epochs):
        model.train()
        optimizer.zero_grad()
        total = 0.0
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            loss = criterion(model(x), y) / len(train_loader)
            loss.backward()
            total += loss.item() * len(train_loader) * len(y)
        optimizer.step()
        losses.append(total / len(train_loader.dataset))
    return losses
