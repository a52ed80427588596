import torch


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    device = torch.device(device)
    half = device.type in ("cpu", "cuda")
    history = []
    for _ in range(n_epochs):
        model.train()
        total = 0.0
        for images, labels in train_loader:
            images, labels = images.to(device), labels.to(device)
            optimizer.zero_grad()
            with torch.autocast(device.type if half else "cpu", dtype=torch.bfloat16, enabled=half):
                scores = model(images)
            loss = criterion(scores.float(), labels)  # the loss itself in full precision
            loss.backward()
            optimizer.step()
            total += loss.item() * labels.shape[0]
        history.append(total / len(train_loader.dataset))
    return history
