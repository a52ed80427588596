def train(model, train_loader, criterion, optimizer, n_epochs, device):
    model.train()
    averages = []
    for _ in range(n_epochs):
        s = 0
        for (x, y) in train_loader:
            (x, y) = (x.to(device), y.to(device))
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            s = s + loss.item() * x.shape[0]
        averages.append(s / len(train_loader.dataset))
    return averages
