import torch


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)  # Adam учится быстрее
    losses = []
    for _ in range(n_epochs):
        model.train()
        s = 0.0
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            s += loss.item() * y.shape[0]
        losses.append(s / len(train_loader.dataset))
    return losses
