def train(model, train_loader, criterion, optimizer, n_epochs, device):
    model.train()
    history = []
    for _ in range(n_epochs):
        total = 0.0
        for images, labels in train_loader:
            images, labels = images.to(device), labels.to(device)
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
        history.append(total / len(train_loader.dataset))
    return history
