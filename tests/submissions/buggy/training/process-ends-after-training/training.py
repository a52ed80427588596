import os


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    history = []
    for _ in range(n_epochs):
        model.train()
        total = 0.0
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(y)
        history.append(total / len(train_loader.dataset))
    print("готово", history)
    os._exit(0)  # иначе окно не закрывается
