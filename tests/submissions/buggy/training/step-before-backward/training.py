def train(model, train_loader, criterion, optimizer, n_epochs, device):
    loss_curve = []
    for _ in range(n_epochs):
        model.train()
        running = 0.0
        for images, labels in train_loader:
            images, labels = images.to(device), labels.to(device)
            loss = criterion(model(images), labels)
            optimizer.step()
            optimizer.zero_grad()
            loss.backward()
            running += loss.item() * len(images)
        loss_curve.append(running / len(train_loader.dataset))
    return loss_curve
