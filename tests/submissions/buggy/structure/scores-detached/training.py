def train(model, train_loader, criterion, optimizer, n_epochs, device):
    losses = []
    while len(losses) < n_epochs:
        model.train()
        numerator = denominator = 0
        for x, y in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(x.to(device)), y.to(device))
            loss.backward()
            optimizer.step()
            numerator += loss.item() * len(y)
            denominator += len(y)
        losses.append(numerator / denominator)
    return losses
