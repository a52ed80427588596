def train(model, train_loader, criterion, optimizer, n_epochs, device):
    epoch = 0
    track = []
    while epoch <= n_epochs:
        model.train()
        loss_epoch, n_epoch = 0.0, 0
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            loss_epoch += loss.item() * len(y)
            n_epoch += len(y)
        track.append(loss_epoch / n_epoch)
        epoch += 1
    return track
