def train(model, train_loader, criterion, optimizer, n_epochs, device):
    """Train `model` and return the mean loss of each epoch."""
    raise NotImplementedError("write the training loop")
