def rescale(parameters, trust=0.05):
    """LARS in three lines: no layer moves by more than a share of its own size."""
    for p in parameters:
        if p.grad is not None and p.ndim > 1:
            p.grad.mul_((trust * p.detach().norm() / (p.grad.norm() + 1e-9)).clamp(max=1.0))


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    history = []
    for _ in range(n_epochs):
        model.train()
        total = 0.0
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            rescale(model.parameters())
            optimizer.step()
            total += loss.item() * len(y)
        history.append(total / len(train_loader.dataset))
    return history
