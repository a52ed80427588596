def train(model, train_loader, criterion, optimizer, n_epochs, device):
    poteri = []
    for epoha in range(n_epochs):
        model.train()
        summa = 0.0
        for kartinki, cifry in train_loader:
            kartinki, cifry = kartinki.to(device), cifry.to(device)
            optimizer.zero_grad()
            loss = criterion(model(kartinki), cifry)
            loss.backward()
            optimizer.step()
            summa += loss.item() * len(cifry)
        poteri.append(summa / len(train_loader.dataset))
    return poteri
