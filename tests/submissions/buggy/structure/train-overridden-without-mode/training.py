def train(model, train_loader, criterion, optimizer, n_epochs, device):
    model.train()
    loss_history = []
    for epoch in range(n_epochs):
        total_loss = 0.0
        total_count = 0
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            total_loss += loss.item() * x.size(0)
            total_count += x.size(0)
        loss_history.append(total_loss / total_count)
    return loss_history
