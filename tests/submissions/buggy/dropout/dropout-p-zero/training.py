def train(model, train_loader, criterion, optimizer, n_epochs, device):
    spisok = []
    for epoha in range(n_epochs):
        model.train()
        summa, n = 0.0, 0
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            vyhod = model(x)
            loss = criterion(vyhod, y)
            loss.backward()
            optimizer.step()
            summa += loss.item() * y.shape[0]
            n += y.shape[0]
        spisok.append(summa / n)
    return spisok
