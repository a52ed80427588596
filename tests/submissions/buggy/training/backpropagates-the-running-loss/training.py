def train(model, train_loader, criterion, optimizer, n_epochs, device):
    losses = []
    for epoch in range(n_epochs):
        model.train()
        running_loss = 0
        for images, labels in train_loader:
            images, labels = images.to(device), labels.to(device)
            optimizer.zero_grad()
            running_loss += criterion(model(images), labels) * len(labels)
            running_loss.backward(retain_graph=True)
            optimizer.step()
        losses.append(running_loss.item() / len(train_loader.dataset))
    return losses
