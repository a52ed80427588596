def train(model, train_loader, criterion, optimizer, n_epochs, device):
    history = []
    for epoch in range(n_epochs):
        model.train()
        summa, kolichestvo = 0, 0
        for x, y in train_loader:
            x = x.to(device)
            y = y.to(device)
            model.zero_grad()
            poteri = criterion(model(x), y)
            poteri.backward()
            optimizer.step()
            summa += poteri.detach().cpu().item() * y.shape[0]
            kolichestvo += y.shape[0]
        history.append(summa / kolichestvo)
        print(f"эпоха {epoch + 1}: потери {history[-1]:.4f}")
    return history
