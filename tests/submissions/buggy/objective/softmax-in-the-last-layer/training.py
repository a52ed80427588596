def train(model, train_loader, criterion, optimizer, n_epochs, device):
    history = []
    for epoch in range(n_epochs):
        model.train()
        epoch_loss, n_samples = 0.0, 0
        for x_batch, y_batch in train_loader:
            x_batch, y_batch = x_batch.to(device), y_batch.to(device)
            optimizer.zero_grad()
            y_pred = model(x_batch)
            loss = criterion(y_pred, y_batch)
            loss.backward()
            optimizer.step()
            epoch_loss += loss.item() * x_batch.size(0)
            n_samples += x_batch.size(0)
        history.append(epoch_loss / n_samples)
    return history
