def train(model, train_loader, criterion, optimizer, n_epochs, device):
    loss_curve = [0.0] * n_epochs
    for epoch in range(n_epochs):
        model.train()
        for images, labels in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(images.to(device)), labels.to(device))
            loss.backward()
            optimizer.step()
            loss_curve[epoch] += loss.item() * len(labels) / len(train_loader.dataset)
    return loss_curve
