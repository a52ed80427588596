def train(model, train_loader, criterion, optimizer, n_epochs, device):
    out = []
    for _ in range(n_epochs):
        model.train()
        parts = []
        for images, labels in train_loader:
            images, labels = images.to(device), labels.to(device)
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            parts.append((loss.item(), len(labels)))
        out.append(sum(l * n for l, n in parts) / sum(n for _, n in parts))
    return out
