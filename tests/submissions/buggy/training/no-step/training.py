def train(model, train_loader, criterion, optimizer, n_epochs, device):
    results = []
    for e in range(n_epochs):
        model.train()
        error = 0.0
        for inputs, targets in train_loader:
            inputs, targets = inputs.to(device), targets.to(device)
            optimizer.zero_grad()
            outputs = model(inputs)
            loss = criterion(outputs, targets)
            loss.backward()  # обратное распространение обновляет веса
            error += loss.item() * len(targets)
        results.append(error / len(train_loader.dataset))
    return results
