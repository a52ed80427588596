def train(model, train_loader, criterion, optimizer, n_epochs, device):
    history = []
    for epoch in range(n_epochs):
        model.train()
        loss_sum = 0.0
        for data, target in train_loader:
            data, target = data.to(device), target.to(device)
            optimizer.zero_grad()
            output = model(data)
            loss = criterion(output, target)
            loss.backward()
            optimizer.step()
            loss_sum += loss.item() * data.size(0)
        history.append(loss_sum / len(train_loader.dataset))
        print('Epoch: %d \tTraining Loss: %.6f' % (epoch + 1, history[-1]))
    return history
