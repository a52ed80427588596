def train(model, train_loader, criterion, optimizer, n_epochs, device):
    model.train()
    res = []
    n = len(train_loader.dataset)
    for _ in range(n_epochs):
        s = 0.
        for X, Y in train_loader:
            X = X.to(device); Y = Y.to(device)
            for p in model.parameters():
                p.grad = None           # то же, что zero_grad(set_to_none=True)
            L = criterion(model(X), Y)
            L.backward()
            optimizer.step()
            s += L.item() * Y.numel()
        res.append(s / n)
    return res
