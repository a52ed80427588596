import torch
from torch.optim.swa_utils import AveragedModel


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    averaged = AveragedModel(model)          # a copy; the optimizer never touches it
    begin_averaging = n_epochs // 2
    losses = []
    for epoch in range(n_epochs):
        model.train()
        running = 0.0
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            running += loss.item() * x.size(0)
        if epoch >= begin_averaging:
            averaged.update_parameters(model)
        losses.append(running / len(train_loader.dataset))
    with torch.no_grad():
        for target, source in zip(model.parameters(), averaged.module.parameters()):
            target.copy_(source)
    return losses
