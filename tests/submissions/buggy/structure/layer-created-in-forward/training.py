def train(model, train_loader, criterion, optimizer, n_epochs, device):
    model.train()
    history, n = [], len(train_loader.dataset)
    for _ in range(n_epochs):
        epoch = 0.0
        for images, labels in train_loader:
            optimizer.zero_grad()
            labels = labels.to(device)
            loss = criterion(model(images.to(device)), labels)
            loss.backward()
            optimizer.step()
            epoch += len(labels) * loss.item()
        history.append(epoch / n)
    return history
