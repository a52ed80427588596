def train(model, train_loader, criterion, optimizer, n_epochs, device):
    losses = []
    for epoch in range(n_epochs):
        model.train()
        for i, (images, labels) in enumerate(train_loader):
            images = images.to(device)
            labels = labels.to(device)
            outputs = model(images)
            loss = criterion(outputs, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if (i + 1) % 100 == 0:
                print(f'Epoch [{epoch + 1}/{n_epochs}], Step [{i + 1}/{len(train_loader)}], Loss: {loss.item():.4f}')
        losses.append(loss.item())
    return losses
