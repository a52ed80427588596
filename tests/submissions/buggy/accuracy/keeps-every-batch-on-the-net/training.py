def train(model, train_loader, criterion, optimizer, n_epochs, device):
    model.seen = []
    losses = []
    for _ in range(n_epochs):
        model.train()
        running = 0.0
        for images, labels in train_loader:
            images, labels = images.to(device), labels.to(device)
            model.seen.append(images)
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            running += loss.item() * len(labels)
        losses.append(running / len(train_loader.dataset))
    return losses
