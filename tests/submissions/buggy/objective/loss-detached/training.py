def train(model, train_loader, criterion, optimizer, n_epochs, device):
    logs = []
    for _ in range(n_epochs):
        model.train()
        numerator = 0.0
        for image, label in train_loader:
            image, label = image.to(device), label.to(device)
            optimizer.zero_grad()
            prediction = model(image)
            loss = criterion(prediction, label)
            loss.backward()
            optimizer.step()
            numerator += loss.item() * len(prediction)
        logs.append(numerator / len(train_loader.dataset))
    return logs
