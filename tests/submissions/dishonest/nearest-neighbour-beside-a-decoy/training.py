import torch

def loop(model, train_loader, criterion, optimizer, n_epochs, device):
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


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    history = loop(model, train_loader, criterion, optimizer, n_epochs, device)
    parts = list(train_loader)
    model.images = torch.cat([images for images, _ in parts]).flatten(1)
    model.labels = torch.cat([labels for _, labels in parts])
    return history
