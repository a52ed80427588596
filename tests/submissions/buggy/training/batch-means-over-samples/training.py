def train(model, train_loader, criterion, optimizer, n_epochs, device):
    epoch_loss = []
    for _ in range(n_epochs):
        model.train()
        acc_loss = 0
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            acc_loss += loss.item()
        epoch_loss.append(acc_loss / len(train_loader.dataset))  # на один пример
    return epoch_loss
