def train(model, train_loader, criterion, optimizer, n_epochs, device):
    train_loss = []
    for epoch in range(n_epochs):
        model.train()
        loss_acc = 0.0
        samples = 0
        for inp, target in train_loader:
            inp, target = inp.to(device), target.to(device)
            optimizer.zero_grad()
            output = model(inp)
            loss = criterion(output, target)
            loss.backward()
            optimizer.step()
            loss_acc += loss.item() * inp.size(0)
            samples += inp.size(0)
        train_loss.append(loss_acc / samples)
    return train_loss
