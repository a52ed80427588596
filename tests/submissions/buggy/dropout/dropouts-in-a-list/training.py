from itertools import count


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    losses = []
    for epoch in count(1):
        if epoch > n_epochs:
            return losses
        model.train()
        weighted = 0.0
        for images, labels in train_loader:
            images, labels = images.to(device), labels.to(device)
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            weighted += loss.item() * len(images) / len(train_loader.dataset)
        losses.append(weighted)
