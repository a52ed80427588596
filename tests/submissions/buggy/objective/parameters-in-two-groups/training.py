def train(model, train_loader, criterion, optimizer, n_epochs, device):
    model.train()
    out = []
    for _ in range(n_epochs):
        tot = 0.0
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad(set_to_none=True)
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            tot += loss.item() * x.size(0)
        out.append(tot / len(train_loader.dataset))
    return out
