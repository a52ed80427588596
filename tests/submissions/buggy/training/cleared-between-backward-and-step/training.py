def train(model, train_loader, criterion, optimizer, n_epochs, device):
    losses = []
    for epoch in range(1, n_epochs + 1):
        model.train()
        total, seen = 0.0, 0
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.zero_grad()
            optimizer.step()
            total += loss.item() * y.size(0)
            seen += y.size(0)
        losses.append(total / seen)
        print(epoch, losses[-1])
    return losses
