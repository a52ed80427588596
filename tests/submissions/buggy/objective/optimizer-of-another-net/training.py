def train(model, train_loader, criterion, optimizer, n_epochs, device):
    # one pass per epoch
    losses = []
    for _ in range(n_epochs):
        model.train()
        epoch_loss = 0.0
        for step, (x, y) in enumerate(train_loader):
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            epoch_loss += loss.item() * len(y)
        losses.append(epoch_loss / len(train_loader.dataset))
    return losses
