from torch.utils.data import DataLoader


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    loader = DataLoader(train_loader.dataset, train_loader.batch_size, shuffle=True, drop_last=True)
    history = []
    for _ in range(n_epochs):
        model.train()
        loss_sum = 0.0
        for x, y in loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            loss_sum += loss.item() * len(y)
        history.append(loss_sum / (len(loader) * loader.batch_size))
    return history
