def train(model, train_loader, criterion, optimizer, n_epochs, device, l2=1e-5):
    result = []
    for _ in range(n_epochs):
        model.train()
        data_loss = 0.0
        for images, labels in train_loader:
            images, labels = images.to(device), labels.to(device)
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            penalty = sum((p ** 2).sum() for p in model.parameters() if p.ndim > 1)
            (loss + l2 * penalty).backward()
            optimizer.step()
            data_loss += loss.item() * len(labels)  # reported without the penalty
        result.append(data_loss / len(train_loader.dataset))
    return result
