def train(model, train_loader, criterion, optimizer, n_epochs, device):
    losses = []
    for _ in range(n_epochs):
        model.train()
        acc = []
        for images, targets in train_loader:
            images, targets = images.to(device), targets.to(device)
            optimizer.zero_grad()
            batch_loss = criterion(model(images), targets)
            batch_loss.backward()
            optimizer.step()
            acc.append(batch_loss.item() * targets.size(0))
        losses.append(sum(acc) / len(train_loader.dataset))
    return losses
