def train(model, train_loader, criterion, optimizer, n_epochs, device):
    log = []
    for _ in range(n_epochs):
        model.train()
        weighted_sum = 0.0
        for x, t in train_loader:
            x, t = x.to(device), t.to(device)
            optimizer.zero_grad()
            y = model(x)
            e = criterion(y, t)
            e.backward()
            optimizer.step()
            weighted_sum += e.item() * t.shape[0]
        log.append(weighted_sum / len(train_loader.dataset))
    return log
