from torch.optim.lr_scheduler import StepLR


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    sched = StepLR(optimizer, step_size=max(1, n_epochs // 3), gamma=0.3)
    out = []
    for _ in range(n_epochs):
        model.train()
        loss_sum = count = 0
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            l = criterion(model(x), y)
            l.backward()
            optimizer.step()
            loss_sum += l.item() * len(y)
            count += len(y)
        sched.step()
        out += [loss_sum / count]
    return out
