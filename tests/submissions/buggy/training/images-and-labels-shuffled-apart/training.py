import torch


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    history = []
    for epoch in range(n_epochs):
        model.train()
        total = 0.0
        for images, labels in train_loader:
            images, labels = images[torch.randperm(len(images))], labels[torch.randperm(len(labels))]
            images, labels = images.to(device), labels.to(device)
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
        history.append(total / len(train_loader.dataset))
    return history
