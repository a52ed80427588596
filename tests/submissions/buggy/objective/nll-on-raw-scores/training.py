def train(model, train_loader, criterion, optimizer, n_epochs, device):
    total_loss_list = []
    for epoch in range(n_epochs):
        model.train()
        losses = 0.0
        for inputs, targets in train_loader:
            inputs, targets = inputs.to(device), targets.to(device)
            optimizer.zero_grad()
            loss = criterion(model(inputs), targets)
            loss.backward()
            optimizer.step()
            losses += loss.item() * inputs.size(0)
        total_loss_list.append(losses / len(train_loader.dataset))
    return total_loss_list
