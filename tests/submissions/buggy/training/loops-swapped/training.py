def train(model, train_loader, criterion, optimizer, n_epochs, device):
    history = [0.0] * n_epochs
    model.train()
    for images, labels in train_loader:
        images, labels = images.to(device), labels.to(device)
        for epoch in range(n_epochs):
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            history[epoch] += loss.item() * len(labels) / len(train_loader.dataset)
    return history
