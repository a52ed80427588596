from statistics import fmean


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    history = []
    for _ in range(n_epochs):
        model.train()
        batch_losses = []
        for images, labels in train_loader:
            images, labels = images.to(device), labels.to(device)
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            batch_losses.append(loss.item())
        history.append(fmean(batch_losses))
    return history
