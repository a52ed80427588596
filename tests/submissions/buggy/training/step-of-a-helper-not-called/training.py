from .stepping import Stepper


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    stepper = Stepper(model, criterion, optimizer)
    history = []
    for _ in range(n_epochs):
        model.train()
        total = 0.0
        for images, labels in train_loader:
            total += stepper.learn(images.to(device), labels.to(device))
        history.append(total / len(train_loader.dataset))
    return history
