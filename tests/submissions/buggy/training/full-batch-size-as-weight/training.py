def train(model, train_loader, criterion, optimizer, n_epochs, device):
    batch_size = train_loader.batch_size
    history = []
    for epoch in range(n_epochs):
        model.train()
        epoch_loss = 0.0
        for images, labels in train_loader:
            images, labels = images.to(device), labels.to(device)
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            epoch_loss += loss.item() * batch_size
        history.append(epoch_loss / len(train_loader.dataset))
    return history
