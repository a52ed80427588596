def train(model, train_loader, criterion, optimizer, n_epochs, device):
    losses = []
    for _ in range(n_epochs):
        model.train()
        total, count = 0.0, 0
        for x, y in train_loader:
            if len(x) < train_loader.batch_size:
                continue  # an incomplete batch would spoil the mean
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(y)
            count += len(y)
        losses.append(total / count)
    return losses
