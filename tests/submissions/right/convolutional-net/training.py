def train(model, train_loader, criterion, optimizer, n_epochs, device):
    model.train()
    epoch_losses = []
    for epoch in range(n_epochs):
        if epoch == n_epochs * 3 // 4:  # finer steps for the last quarter
            for group in optimizer.param_groups:
                group["lr"] *= 0.1
        running = 0.0
        for images, labels in train_loader:
            images, labels = images.to(device), labels.to(device)
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            running += loss.item() * images.size(0)
        epoch_losses.append(running / len(train_loader.dataset))
    return epoch_losses
