def train(model, train_loader, criterion, optimizer, n_epochs, device):
    history = []
    for _ in range(n_epochs):
        model.train()
        s = 0.0
        for images, labels in train_loader:
            images = images.to(device)
            labels.to(device)
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            s += loss.item() * len(labels)
        history.append(s / len(train_loader.dataset))
    return history
