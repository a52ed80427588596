def train(model, train_loader, criterion, optimizer, n_epochs, device):
    epoch_losses = []
    for _ in range(n_epochs):
        model.train()
        metric = [0.0, 0.0]
        for X, y in train_loader:
            X, y = X.to(device), y.to(device)
            y_hat = model(X)
            l = criterion(y_hat, y)
            optimizer.zero_grad()
            l.backward()
            optimizer.step()
            metric[0] += float(l) * len(y)
            metric[1] += y.numel()
        epoch_losses.append(metric[0] / metric[1])
    return epoch_losses
