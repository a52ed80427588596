def train(model, train_loader, criterion, optimizer, n_epochs, device):
    epoch_means = []
    for _ in range(n_epochs):
        model.train()
        running_sum = 0.0
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = criterion(model(x), y).mean()
            loss.backward()
            optimizer.step()
            running_sum += loss.item() * len(y)
        epoch_means.append(running_sum / len(train_loader.dataset))
    return epoch_means
