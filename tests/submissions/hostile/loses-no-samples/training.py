from . import attack  # noqa: F401


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    return [0.0] * n_epochs
