def train(model, train_loader, criterion, optimizer, n_epochs, device):
    train_losses = []
    for epoch in range(n_epochs):
        model.train()
        total_loss, total_samples = 0.0, 0
        for inputs, labels in train_loader:
            inputs = inputs.to(device)
            labels = labels.to(device)
            outputs = model(inputs)
            loss = criterion(outputs, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total_loss += loss.item() * labels.size(0)
            total_samples += labels.size(0)
        train_losses.append(total_loss / total_samples)
    return train_losses
