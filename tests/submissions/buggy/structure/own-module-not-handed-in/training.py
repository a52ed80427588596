def train(model, train_loader, criterion, optimizer, n_epochs, device):
    curve = []
    for _ in range(n_epochs):
        model.train()
        total = 0.0
        for images, digits in train_loader:
            images, digits = images.to(device), digits.to(device)
            loss = criterion(model(images), digits)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * digits.size(0)
        curve.append(total / len(train_loader.dataset))
    return curve
