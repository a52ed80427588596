def train(model, train_loader, criterion, optimizer, n_epochs, device):
    def one_epoch():
        model.train()
        for images, labels in train_loader:
            model.zero_grad()
            loss = criterion(model(images.to(device)), labels.to(device))
            loss.backward()
            optimizer.step()
            yield loss.item() * len(labels)

    return [sum(one_epoch()) / len(train_loader.dataset) for _ in range(n_epochs)]
