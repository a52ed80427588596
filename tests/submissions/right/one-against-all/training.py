import time


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    start = time.time()
    curve = list()
    for epoch in range(n_epochs):
        model.train()
        total = 0.0
        for batch in train_loader:
            x, y = (t.to(device) for t in batch)
            optimizer.zero_grad()
            out = model(x)
            loss = criterion(out, y)
            loss.backward()
            optimizer.step()
            total += loss.item() * y.size(0)
        curve.append(total / len(train_loader.dataset))
        print(f"epoch {epoch}: loss {curve[-1]:.4f}, {time.time() - start:.1f} s")
    return curve
