def train(model, train_loader, criterion, optimizer, n_epochs, device):
    loss_fn = criterion
    res = []
    for i in range(n_epochs):
        model.train()
        loss_total = 0.0
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = loss_fn(model(x), y)
            loss.backward()
            optimizer.step()
            loss_total += loss.item() * len(y)
        res.append(loss_total / len(train_loader.dataset))
    return res
