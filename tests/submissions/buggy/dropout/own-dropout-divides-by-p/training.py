def train(model, train_loader, criterion, optimizer, n_epochs, device):
    return list(epochs(model, train_loader, criterion, optimizer, n_epochs, device))


def epochs(model, train_loader, criterion, optimizer, n_epochs, device):
    for _ in range(n_epochs):
        model.train()
        loss_sum = 0.0
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            loss_sum += loss.item() * len(y)
        yield loss_sum / len(train_loader.dataset)
