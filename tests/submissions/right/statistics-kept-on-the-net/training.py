import torch


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    pixels = torch.cat([images.flatten() for images, _ in train_loader])
    model.mean, model.deviation = pixels.mean().item(), pixels.std().item()
    history = []
    for _ in range(n_epochs):
        model.train()
        total = 0.0
        for images, labels in train_loader:
            images, labels = images.to(device), labels.to(device)
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
        history.append(total / len(train_loader.dataset))
    return history
