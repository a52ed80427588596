def train(model, train_loader, criterion, optimizer, n_epochs, device):
    per_epoch = []
    for k in range(n_epochs):
        model.train()
        accumulated = 0.0
        for images, labels in train_loader:
            images, labels = images.to(device), labels.to(device)
            optimizer.zero_grad()
            objective = criterion(model(images), labels)
            objective.backward()
            optimizer.step()
            accumulated += objective.item() * labels.shape[0]
        per_epoch.append(accumulated / len(train_loader.dataset))
    return per_epoch
