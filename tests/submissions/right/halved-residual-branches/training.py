def train(model, train_loader, criterion, optimizer, n_epochs, device):
    lowest, history = min(g["lr"] for g in optimizer.param_groups) * 0.05, []
    for epoch in range(n_epochs):
        model.train()
        weighted, seen = 0.0, 0
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            weighted, seen = weighted + loss.item() * len(y), seen + len(y)
        for group in optimizer.param_groups:
            group["lr"] = max(lowest, group["lr"] * 0.85)
        history.append(weighted / seen)
    return history
