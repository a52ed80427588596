def train(model, train_loader, criterion, optimizer, n_epochs, device):
    losses = []
    for epoch in range(int(n_epochs)):
        model.train()
        running = 0.0
        for images, labels in train_loader:
            images, labels = images.to(device), labels.to(device)
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            running += loss.item() * images.shape[0]
        losses.append(running / len(train_loader.dataset))
    return losses
