def train(model, train_loader, criterion, optimizer, n_epochs, device):
    model.train()
    averages = []
    for _ in range(n_epochs):
        total = 0.0
        for images, labels in train_loader:
            images, labels = images.to(device), labels.to(device)

            def closure():
                optimizer.zero_grad()
                loss = criterion(model(images), labels)
                loss.backward()
                return loss

            total += optimizer.step(closure).item() * labels.size(0)
        averages.append(total / len(train_loader.dataset))
    return averages
