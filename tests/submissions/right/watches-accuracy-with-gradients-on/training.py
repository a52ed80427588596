from torch.optim.lr_scheduler import CosineAnnealingLR
from torch.utils.data import DataLoader


def report(model, criterion, dataset, device):
    model.eval()
    loss, hits = 0.0, 0
    for x, y in DataLoader(dataset, batch_size=250):
        scores = model(x.to(device))
        loss += criterion(scores, y.to(device)).item() * len(y)
        hits += (scores.argmax(1) == y.to(device)).sum().item()
    model.train()
    print(f"loss {loss / len(dataset):.3f}, accuracy {hits / len(dataset):.3f}")


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    schedule = CosineAnnealingLR(optimizer, n_epochs)
    model.train()
    losses = []
    for _ in range(n_epochs):
        seen = 0.0
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            seen += loss.item() * len(y)
        losses.append(seen / len(train_loader.dataset))
        schedule.step()
        report(model, criterion, train_loader.dataset, device)
    return losses
