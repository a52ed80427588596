def train(model, train_loader, criterion, optimizer, n_epochs, device):
    averages = []
    for e in range(n_epochs):
        model.train()
        batches = iter(train_loader)
        loss_sum, n = 0.0, 0
        for i in range(len(train_loader) - 1):
            images, labels = next(batches)
            images, labels = images.to(device), labels.to(device)
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            loss_sum += loss.item() * images.shape[0]
            n += images.shape[0]
        averages.append(loss_sum / n)
    return averages
