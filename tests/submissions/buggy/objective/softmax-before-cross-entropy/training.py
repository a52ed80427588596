def train(model, train_loader, criterion, optimizer, n_epochs, device):
    history = []
    for epoch in range(1, n_epochs + 1):
        model.train()
        running = 0.0
        n = 0
        for batch in train_loader:
            x = batch[0].to(device)
            y = batch[1].to(device)
            model.zero_grad()
            out = model(x)
            loss = criterion(out, y)
            loss.backward()
            optimizer.step()
            running = running + loss.item() * len(y)
            n = n + len(y)
        print("Эпоха", epoch, "потери", running / n)
        history.append(running / n)
    return history
