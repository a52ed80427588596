def train(model, train_loader, criterion, optimizer, n_epochs, device):
    loss_list = []
    for epoch in range(n_epochs):
        model.train()
        optimizer.zero_grad()  # каждую эпоху начинаем с чистого листа
        s, k = 0.0, 0
        for img, lab in train_loader:
            img, lab = img.to(device), lab.to(device)
            loss = criterion(model(img), lab)
            loss.backward()
            optimizer.step()
            s += loss.item() * len(lab)
            k += len(lab)
        loss_list.append(s / k)
    return loss_list
