def train(model, train_loader, criterion, optimizer, n_epochs, device):
    """Standard loop."""
    train_loss = []
    for epoch in range(n_epochs):
        model.train()
        running_loss = 0.0
        running_n = 0
        for i, batch in enumerate(train_loader, 0):
            inputs, labels = batch[0].to(device), batch[1].to(device)
            optimizer.zero_grad()
            outputs = model(inputs)
            loss = criterion(outputs, labels)
            loss.backward()
            optimizer.step()
            running_loss += loss.item() * inputs.size(0)
            running_n += inputs.size(0)
        train_loss.append(running_loss / running_n)
    print("Finished Training")
    return train_loss
