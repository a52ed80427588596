import math


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    averages = []
    for _ in range(n_epochs):
        model.train()
        terms = []
        for images, labels in train_loader:
            images, labels = images.to(device), labels.to(device)
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            terms.append(loss.item() * len(labels))
        averages.append(math.fsum(terms) / len(train_loader.dataset))
    return averages
