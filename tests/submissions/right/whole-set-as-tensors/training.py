import torch


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    """Copies the data set to the device once; batches are then slices of a random order."""
    dataset = train_loader.dataset
    images = torch.stack([dataset[i][0] for i in range(len(dataset))]).to(device)
    labels = torch.tensor([dataset[i][1] for i in range(len(dataset))]).to(device)
    size = train_loader.batch_size
    losses = []
    model.train()
    for _ in range(n_epochs):
        order = torch.randperm(len(labels), device=device)
        total = 0.0
        for start in range(0, len(labels), size):
            batch = order[start : start + size]
            optimizer.zero_grad()
            loss = criterion(model(images[batch]), labels[batch])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        losses.append(total / len(labels))
    return losses
