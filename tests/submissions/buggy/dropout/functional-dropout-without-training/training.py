def train(model, train_loader, criterion, optimizer, n_epochs, device):
    model.train()
    train_loss_history = []
    for epoch in range(n_epochs):
        train_loss = 0.0
        for data, label in train_loader:
            data, label = data.to(device), label.to(device)
            optimizer.zero_grad()
            loss = criterion(model(data), label)
            loss.backward()
            optimizer.step()
            train_loss += loss.item() * data.size(0)
        train_loss_history.append(train_loss / len(train_loader.dataset))
    return train_loss_history
