from torch.optim.lr_scheduler import CosineAnnealingLR


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    scheduler = CosineAnnealingLR(optimizer, T_max=n_epochs)
    log = []
    for epoch in range(n_epochs):
        model.train()
        acc = 0.0
        for b, (xb, yb) in enumerate(train_loader):
            xb, yb = xb.to(device), yb.to(device)
            optimizer.zero_grad()
            pred = model(xb)
            loss = criterion(pred, yb)
            loss.backward()
            optimizer.step()
            acc += loss.item() * xb.shape[0]
            if b % 200 == 0:
                print(f"[{epoch + 1}/{n_epochs}] batch {b:4d}: {loss.item():.3f}")
        scheduler.step()
        log.append(acc / len(train_loader.dataset))
    return log
