def run(model, loader, criterion, device, optimizer=None):
    """One pass over `loader`; trains if there is an optimizer."""
    model.eval()
    total = 0.0
    for x, y in loader:
        x, y = x.to(device), y.to(device)
        loss = criterion(model(x), y)
        if optimizer is not None:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        total += loss.item() * len(y)
    return total / len(loader.dataset)


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    return [run(model, train_loader, criterion, device, optimizer) for _ in range(n_epochs)]
