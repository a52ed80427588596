def train(model, train_loader, criterion, optimizer, n_epochs, device):
    mean_losses = []
    for epoch in range(n_epochs):
        model.train()
        weighted = [
            one_step(model, criterion, optimizer, images.to(device), labels.to(device)) * len(labels)
            for images, labels in train_loader
        ]
        mean_losses.append(sum(weighted) / len(train_loader.dataset))
    return mean_losses


def one_step(model, criterion, optimizer, images, labels):
    optimizer.zero_grad()
    loss = criterion(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()
