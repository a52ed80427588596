def train(model, train_loader, criterion, optimizer, n_epochs, device):
    history = []
    for epoch in range(n_epochs):
        model.train()
        total = 0.0
        for inputs, targets in train_loader:
            inputs, targets = inputs.to(device), targets.to(device)
            # 1. шаг  2. обнуление  3. прямой проход  4. обратный проход
            optimizer.step()
            optimizer.zero_grad()
            loss = criterion(model(inputs), targets)
            loss.backward()
            total += loss.item() * inputs.size(0)
        history.append(total / len(train_loader.dataset))
    return history
