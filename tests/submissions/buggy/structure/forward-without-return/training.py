import numpy as np


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    means = np.zeros(n_epochs)
    for epoch in range(n_epochs):
        model.train()
        losses, sizes = [], []
        for data, target in train_loader:
            data, target = data.to(device), target.to(device)
            optimizer.zero_grad()
            loss = criterion(model(data), target)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            sizes.append(len(target))
        means[epoch] = np.average(losses, weights=sizes)
    return means.tolist()
