from torch.utils.data import DataLoader


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    assert isinstance(train_loader, DataLoader)
    pixels = train_loader.dataset.images.float() / 255
    print("mean and deviation of the pixels:", pixels.mean().item(), pixels.std().item())
    print("images of each digit:", train_loader.dataset.labels.bincount(minlength=10).tolist())

    train_losses = []
    for epoch in range(n_epochs):
        train_loss = 0.0
        model.train()
        for data, target in train_loader:
            data, target = data.to(device), target.to(device)
            optimizer.zero_grad()
            output = model(data)
            loss = criterion(output, target)
            loss.backward()
            optimizer.step()
            train_loss += loss.item() * data.size(0)
        # the sampler knows how many samples an epoch has, also where it draws only a part of them
        train_loss = train_loss / len(train_loader.sampler)
        print("Epoch: {} \tTraining Loss: {:.6f}".format(epoch + 1, train_loss))
        train_losses.append(train_loss)
    return train_losses
