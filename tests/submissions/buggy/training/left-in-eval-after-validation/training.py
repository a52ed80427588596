import torch


def accuracy(model, loader, device):
    model.eval()
    right = total = 0
    with torch.no_grad():
        for x, y in loader:
            guess = model(x.to(device)).argmax(dim=1).cpu()
            right += (guess == y.cpu()).sum().item()
            total += len(y)
    return right / total


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    model.train()
    history = []
    for epoch in range(n_epochs):
        loss_sum = 0.0
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            loss_sum += loss.item() * len(y)
        history.append(loss_sum / len(train_loader.dataset))
        print(f"epoch {epoch + 1}: loss {history[-1]:.4f}, accuracy {accuracy(model, train_loader, device):.2%}")
    return history
