def train(model, train_loader, criterion, optimizer, n_epochs, device):
    istoriya = []
    for nomer in range(n_epochs):
        model.train()
        obshaya, kolvo = 0.0, 0
        for kartinki, otvety in train_loader:
            kartinki = kartinki.to(device)
            otvety = otvety.to(device)
            optimizer.zero_grad()
            predskazaniya = model(kartinki)
            poteri = criterion(predskazaniya, otvety)
            poteri.backward()
            optimizer.step()
            obshaya += poteri.item() * len(kartinki)
            kolvo += len(kartinki)
        istoriya.append(obshaya / kolvo)
        print("Эпоха", nomer + 1, "ошибка", istoriya[-1])
    return istoriya
