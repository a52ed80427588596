def train(model, train_loader, criterion, optimizer, n_epochs, device):
    output = []
    for _ in range(n_epochs):
        model.train()
        loss_value, number = 0.0, 0
        for pictures, classes in train_loader:
            pictures, classes = pictures.to(device), classes.to(device)
            optimizer.zero_grad()
            loss = criterion(model(pictures), classes)
            loss.backward()
            optimizer.step()
            number += len(classes)
            loss_value += (loss.item() - loss_value) * len(classes) / number  # running mean
        output.append(loss_value)
    return output
