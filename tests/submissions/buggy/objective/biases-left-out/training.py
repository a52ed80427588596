def train(model, train_loader, criterion, optimizer, n_epochs, device):
    losses = list()
    for epoch in range(n_epochs):
        model.train()
        total, examples = 0.0, 0
        for X_batch, y_batch in train_loader:
            X_batch, y_batch = X_batch.to(device), y_batch.to(device)
            optimizer.zero_grad()
            logits = model(X_batch)
            loss = criterion(logits, y_batch)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(X_batch)
            examples += len(X_batch)
        losses.append(total / examples)
    return losses
