def train(model, train_loader, criterion, optimizer, n_epochs, device):
    errs = []
    for t in range(n_epochs):
        model.train()
        err = 0.0
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            E = criterion(model(x), y)
            E.backward()
            optimizer.step()
            err += E.item() * y.shape[0]
        errs.append(err / len(train_loader.dataset))
    return errs
