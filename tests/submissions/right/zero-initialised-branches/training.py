def train(model, train_loader, criterion, optimizer, n_epochs, device):
    per_sample = []
    n_samples = len(train_loader.dataset)
    for epoch in range(n_epochs):
        model.train()
        epoch_sum = 0.0
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            epoch_sum += loss.item() * x.size(0)
        per_sample.append(epoch_sum / n_samples)
    return per_sample
