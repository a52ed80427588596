def train(model, train_loader, criterion, optimizer, n_epochs, device):
    train_losses = []
    for epoch in range(n_epochs):
        model.train()
        train_loss = 0.0
        for data, target in train_loader:
            data, target = data.to(device), target.to(device)
            optimizer.zero_grad()
            output = model(data)
            loss = criterion(output, target)
            loss.backward()
            optimizer.step()
            train_loss += loss.item() * data.size(0)
        train_losses.append(train_loss / len(train_loader))
    return train_losses
