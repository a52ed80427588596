def train(model, train_loader, criterion, optimizer, n_epochs, device):
    loss_per_epoch = []
    for _ in range(n_epochs):
        model.train()
        s = [0.0, 0]
        for a, b in train_loader:
            a, b = a.to(device), b.to(device)
            optimizer.zero_grad()
            c = criterion(model(a), b)
            c.backward()
            optimizer.step()
            s[0] += c.item() * len(b)
            s[1] += len(b)
        loss_per_epoch.append(s[0] / s[1])
    return loss_per_epoch
