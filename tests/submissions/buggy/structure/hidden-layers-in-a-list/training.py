def run_epoch(model, loader, criterion, optimizer, device):
    model.train()
    loss_times_n = 0.0
    for x, y in loader:
        x, y = x.to(device), y.to(device)
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        loss_times_n += loss.item() * x.shape[0]
    return loss_times_n / len(loader.dataset)


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    return [run_epoch(model, train_loader, criterion, optimizer, device) for _ in range(n_epochs)]
