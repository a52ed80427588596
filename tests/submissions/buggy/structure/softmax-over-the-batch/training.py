def train(model, train_loader, criterion, optimizer, n_epochs, device):
    curve = []
    for _ in range(n_epochs):
        model.train()
        tally = []
        for images, labels in train_loader:
            images, labels = images.to(device), labels.to(device)
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            tally.extend([loss.item()] * len(labels))
        curve.append(sum(tally) / len(tally))
    return curve
