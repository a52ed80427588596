def train_one_epoch(model, loader, criterion, optimizer, device):
    total, seen = 0.0, 0
    for x, y in loader:
        x, y = x.to(device), y.to(device)
        loss = criterion(model(x), y)
        optimizer.zero_grad(set_to_none=False)
        loss.backward()
        optimizer.step()
        total += float(loss) * len(x)
        seen += len(x)
    return total / seen


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    model.train(True)
    return [train_one_epoch(model, train_loader, criterion, optimizer, device) for _ in range(n_epochs)]
