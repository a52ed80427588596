def train(model, train_loader, criterion, optimizer, n_epochs, device):
    means = []
    for _ in range(n_epochs):
        model.train()
        total, seen = 0.0, 0
        for images, labels in train_loader:
            images, labels = images.to(device), labels.to(device)
            optimizer.zero_grad()
            scores, _ = model(images)
            loss = criterion(scores, labels)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
            seen += len(labels)
        means.append(total / seen)
    return means
