import torch


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    if not isinstance(optimizer, torch.optim.Optimizer):
        optimizer = torch.optim.SGD(model.parameters(), lr=optimizer)
    history = []
    for _ in range(n_epochs):
        model.train()
        s = 0.0
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            s += loss.item() * len(y)
        history.append(s / len(train_loader.dataset))
    return history
