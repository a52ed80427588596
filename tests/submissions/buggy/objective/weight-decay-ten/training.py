def train(model, train_loader, criterion, optimizer, n_epochs, device):
    curve = []
    for _ in range(n_epochs):
        model.train()
        loss_sum, seen = 0.0, 0
        for images, labels in train_loader:
            images, labels = images.to(device), labels.to(device)
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            loss_sum += float(loss) * len(labels)
            seen += len(labels)
        curve.append(loss_sum / seen)
    return curve
