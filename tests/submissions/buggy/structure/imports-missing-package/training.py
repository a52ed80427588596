import torchmetrics  # installed in my own environment


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    mean = torchmetrics.MeanMetric().to(device)
    history = []
    for _ in range(n_epochs):
        model.train()
        mean.reset()
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            mean.update(loss.item(), weight=len(y))
        history.append(mean.compute().item())
    return history
