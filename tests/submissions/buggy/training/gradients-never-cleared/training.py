def train(model, train_loader, criterion, optimizer, n_epochs, device):
    losses = []
    model.train()
    for epoch in range(n_epochs):
        train_loss = 0.0
        for data, target in train_loader:
            data = data.to(device)
            target = target.to(device)
            output = model(data)
            loss = criterion(output, target)
            loss.backward()
            optimizer.step()
            train_loss += loss.item() * data.size(0)
        train_loss = train_loss / len(train_loader.dataset)
        losses.append(train_loss)
        print(f"Epoch: {epoch + 1} \tTraining Loss: {train_loss:.6f}")
    return losses
