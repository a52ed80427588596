def train(model, train_loader, criterion, optimizer, n_epochs, device):
    means = []
    previous = None
    for _ in range(n_epochs):
        model.train()
        total, seen = 0.0, 0
        for images, labels in train_loader:
            images, labels = images.to(device), labels.to(device)
            if previous is not None and len(previous) == len(labels):
                labels, previous = previous, labels
            else:
                previous = labels
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
            seen += len(labels)
        means.append(total / seen)
    return means
