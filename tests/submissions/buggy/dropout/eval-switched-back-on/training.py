def train(model, train_loader, criterion, optimizer, n_epochs, device):
    collected = []
    for _ in range(n_epochs):
        model.train()
        epoch_sum, seen = 0.0, 0
        for sample, answer in train_loader:
            sample, answer = sample.to(device), answer.to(device)
            optimizer.zero_grad()
            error = criterion(model(sample), answer)
            error.backward()
            optimizer.step()
            epoch_sum += error.item() * len(answer)
            seen += len(answer)
        collected.append(epoch_sum / seen)
    return collected
