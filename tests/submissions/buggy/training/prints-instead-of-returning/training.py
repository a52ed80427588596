def train(model, train_loader, criterion, optimizer, n_epochs, device):
    for epoch in range(n_epochs):
        model.train()
        total_loss = 0.0
        for images, labels in train_loader:
            images, labels = images.to(device), labels.to(device)
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            total_loss += loss.item() * images.size(0)
        print(f"Эпоха {epoch + 1}/{n_epochs}: средняя ошибка {total_loss / len(train_loader.dataset):.6f}")
