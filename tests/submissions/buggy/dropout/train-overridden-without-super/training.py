def train(model, train_loader, criterion, optimizer, n_epochs, device):
    losses = [None] * n_epochs
    for i in range(n_epochs):
        model.train()
        epoch_total = 0
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            z = model(x)
            loss = criterion(z, y)
            loss.backward()
            optimizer.step()
            epoch_total += loss.item() * z.size(0)
        losses[i] = epoch_total / len(train_loader.dataset)
    return losses
