import torch


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    # compiling pays on a GPU only; the parameters stay those of `model`
    forward = torch.compile(model) if torch.device(device).type == "cuda" else model
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
    history = []
    for _ in range(n_epochs):
        model.train()
        total = torch.tensor(0.0)
        for images, labels in train_loader:
            images, labels = images.to(device), labels.to(device)
            optimizer.zero_grad(set_to_none=True)
            loss = criterion(forward(images), labels)
            loss.backward()
            optimizer.step()
            total += loss.detach().cpu() * len(labels)
        scheduler.step()
        history.append(total.item() / len(train_loader.dataset))
    return history
