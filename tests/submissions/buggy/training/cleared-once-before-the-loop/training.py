def train(model, train_loader, criterion, optimizer, n_epochs, device):
    losses = []
    optimizer.zero_grad()
    for epoch in range(n_epochs):
        model.train()
        total = 0.0
        for images, labels in train_loader:
            images, labels = images.to(device), labels.to(device)
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
        losses.append(total / len(train_loader.dataset))
    return losses
