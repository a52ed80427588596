def train(model, train_loader, criterion, optimizer, n_epochs, device):
    model.to(device)
    all_losses = []
    for epoch in range(n_epochs):
        model.train()
        s = 0.0
        for x, y in train_loader:
            x = x.to(device)
            y = y.to(device)
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            s += loss.item() * x.size()[0]
        all_losses.append(s / len(train_loader.dataset))
    return all_losses
