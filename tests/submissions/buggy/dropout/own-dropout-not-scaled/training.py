def train(model, train_loader, criterion, optimizer, n_epochs, device):
    sredniye_poteri = []
    for _ in range(n_epochs):
        model.train()
        poteri, primerov = 0.0, 0
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            poteri += loss.item() * len(x)
            primerov += len(x)
        sredniye_poteri.append(poteri / primerov)
    return sredniye_poteri
