import torch


def train(model, train_loader, criterion, optimizer, n_epochs: int, device: torch.device) -> list[float]:
    per_epoch: list[float] = []
    model.train()
    while len(per_epoch) < n_epochs:
        loss_sum = torch.zeros((), device=device)
        for inputs, targets in train_loader:
            inputs = inputs.to(device, non_blocking=True)
            targets = targets.to(device, non_blocking=True)
            loss = criterion(model(inputs), targets)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()  # ready for the next batch
            loss_sum += loss.detach() * len(targets)
        per_epoch.append((loss_sum / len(train_loader.dataset)).item())
    return per_epoch
