import torch


def train_one_epoch(model, loader, criterion, optimizer, device):
    total, seen = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = criterion(model(images), labels)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        total += float(loss.detach()) * labels.size(0)
        seen += labels.size(0)
    return total / seen


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    torch.set_grad_enabled(True)
    model.train()
    return [train_one_epoch(model, train_loader, criterion, optimizer, device) for _ in range(n_epochs)]
