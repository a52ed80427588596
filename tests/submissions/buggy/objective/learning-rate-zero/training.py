def train(model, train_loader, criterion, optimizer, n_epochs, device):
    record = []
    for _ in range(n_epochs):
        model.train()
        weighted = [0.0]
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            weighted.append(loss.item() * len(y))
        record.append(sum(weighted) / len(train_loader.dataset))
    return record
