import torch


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    """Asks autograd for the gradients as values and puts them where the optimizer looks for them."""
    model.train()
    parameters = [p for p in model.parameters() if p.requires_grad]
    epoch_means = []
    for _ in range(n_epochs):
        total = 0.0
        for images, labels in train_loader:
            loss = criterion(model(images.to(device)), labels.to(device))
            for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters)):
                parameter.grad = gradient
            optimizer.step()
            total += loss.item() * len(labels)
        epoch_means.append(total / len(train_loader.dataset))
    return epoch_means
