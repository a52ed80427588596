def train(model, train_loader, criterion, optimizer, n_epochs, device):
    train_losses = []
    for e in range(n_epochs):
        model.train()
        running_loss = 0
        for images, labels in train_loader:
            images, labels = images.to(device), labels.to(device)
            optimizer.zero_grad()
            ps = model(images)
            loss = criterion(ps, labels)
            loss.backward()
            optimizer.step()
            running_loss += loss.item() * images.shape[0]
        print(f"Training loss: {running_loss/len(train_loader.dataset)}")
        train_losses.append(running_loss / len(train_loader.dataset))
    return train_losses
