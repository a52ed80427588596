def train(model, train_loader, criterion, optimizer, n_epochs, device):
    epoch_losses = []

    for epoch in range(n_epochs):
        epoch_loss = 0.0

        for images, labels in train_loader:
            images = images.to(device)
            labels = labels.to(device)

            optimizer.zero_grad()

            scores = model(images)
            loss = criterion(scores, labels)

            loss.backward()
            optimizer.step()

            epoch_loss += loss.item() * labels.size(0)

        epoch_losses.append(epoch_loss / len(train_loader.dataset))

    return epoch_losses
