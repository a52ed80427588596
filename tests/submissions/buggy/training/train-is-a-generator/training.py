def train(model, train_loader, criterion, optimizer, n_epochs, device):
    for epoch in range(n_epochs):
        model.train()
        total = 0.0
        for images, labels in train_loader:
            images, labels = images.to(device), labels.to(device)
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
        yield total / len(train_loader.dataset)
