def train(model, train_loader, criterion, optimizer, n_epochs, device):
    mean_losses = []
    for _ in range(n_epochs):
        model.train()
        acc, cnt = 0.0, 0
        for bx, by in train_loader:
            bx, by = bx.to(device), by.to(device)
            optimizer.zero_grad()
            err = criterion(model(bx), by)
            err.backward()
            optimizer.step()
            acc += err.item() * len(by)
            cnt += len(by)
        mean_losses.append(acc / cnt)
    return mean_losses
