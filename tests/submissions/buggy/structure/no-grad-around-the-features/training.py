def train(model, train_loader, criterion, optimizer, n_epochs, device):
    epoch_loss = []
    for e in range(n_epochs):
        model.train()
        epoch_loss.append(0.0)
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            l = criterion(model(x), y)
            l.backward()
            optimizer.step()
            epoch_loss[-1] += l.item() * len(y)
        epoch_loss[-1] /= len(train_loader.dataset)
    return epoch_loss
