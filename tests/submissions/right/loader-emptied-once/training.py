import torch


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    images, labels = (torch.cat(parts).to(device) for parts in zip(*train_loader))
    n = len(labels)
    history = []
    for _ in range(n_epochs):
        model.train()
        total = torch.zeros((), device=device)
        for chosen in torch.randperm(n, device=device).split(train_loader.batch_size):
            loss = criterion(model(images[chosen]), labels[chosen])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(chosen)
        history.append(total.item() / n)
    return history
