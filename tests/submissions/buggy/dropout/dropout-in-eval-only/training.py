def train(model, train_loader, criterion, optimizer, n_epochs, device):
    results = []
    for _ in range(n_epochs):
        model.train()
        loss_sum = sample_count = 0
        for xs, ys in train_loader:
            xs, ys = xs.to(device), ys.to(device)
            optimizer.zero_grad()
            loss = criterion(model(xs), ys)
            loss.backward()
            optimizer.step()
            loss_sum += loss.item() * ys.size(0)
            sample_count += ys.size(0)
        results.append(loss_sum / sample_count)
    return results
