def train(model, train_loader, criterion, optimizer, n_epochs, device):
    train_losses = []
    for epoch in range(n_epochs):
        model.train()
        running_loss, seen = 0.0, 0
        for inputs, targets in train_loader:
            inputs, targets = inputs.to(device), targets.to(device)
            optimizer.zero_grad()
            loss = criterion(model(inputs), targets)
            loss.backward()
            optimizer.step()
            running_loss += loss.item() * targets.size(0)
            seen += targets.size(0)
        train_losses.append(running_loss / seen)
    return train_losses
