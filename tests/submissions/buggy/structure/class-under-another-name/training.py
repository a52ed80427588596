def train(model, train_loader, criterion, optimizer, n_epochs, device):
    losses = []
    for epoch in range(n_epochs):
        model.train()
        train_loss = 0.0
        for data, target in train_loader:
            data, target = data.to(device), target.to(device)
            optimizer.zero_grad()
            loss = criterion(model(data), target)
            loss.backward()
            optimizer.step()
            train_loss += loss.item() * data.size(0)
        losses.append(train_loss / len(train_loader.dataset))
    return losses
