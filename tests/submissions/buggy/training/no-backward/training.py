def train(model, train_loader, criterion, optimizer, n_epochs, device):
    size = len(train_loader.dataset)
    epoch_losses = []
    for _ in range(n_epochs):
        model.train()
        summed = 0.0
        for X, y in train_loader:
            X, y = X.to(device), y.to(device)

            # Compute prediction error
            pred = model(X)
            loss = criterion(pred, y)

            # Backpropagation
            optimizer.zero_grad()
            optimizer.step()

            summed += loss.item() * len(X)
        epoch_losses.append(summed / size)
    return epoch_losses
