def train(model, train_loader, criterion, optimizer, n_epochs, device):
    train_loss = []
    for epoch in range(n_epochs):
        model.train()
        cumulative = 0.0
        for image_batch, label_batch in train_loader:
            image_batch = image_batch.to(device)
            label_batch = label_batch.to(device)
            optimizer.zero_grad()
            loss = criterion(model(image_batch), label_batch)
            loss.backward()
            optimizer.step()
            cumulative += loss.item() * label_batch.size(0)
        train_loss.append(cumulative / len(train_loader.dataset))
    return train_loss
