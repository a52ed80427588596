def train(model, train_loader, criterion, optimizer, n_epochs, device):
    sums = []
    for _ in range(n_epochs):
        model.train()
        sums.append(0.0)
        for images, labels in train_loader:
            images = images.to(device)
            labels = labels.to(device)
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            sums[-1] += loss.item() * labels.size(0)
    return sums
