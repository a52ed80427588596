def train(model, train_loader, criterion, optimizer, n_epochs, device):
    mean_loss = []
    for _ in range(n_epochs):
        model.train()
        batches = [
            (fit_batch(model, criterion, optimizer, x.to(device), y.to(device)), len(y)) for x, y in train_loader
        ]
        mean_loss.append(sum(loss * n for loss, n in batches) / sum(n for _, n in batches))
    return mean_loss


def fit_batch(model, criterion, optimizer, x, y):
    loss = criterion(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()
