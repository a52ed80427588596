def train(model, train_loader, criterion, optimizer, n_epochs):
    losses = []
    model.train()
    for epoch in range(n_epochs):
        train_loss = 0.0
        for data, target in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(data), target)
            loss.backward()
            optimizer.step()
            train_loss += loss.item() * data.size(0)
        losses.append(train_loss / len(train_loader.dataset))
    return losses
