def train(model, train_loader, criterion, optimizer, n_epochs, device):
    history = []
    for epoch in range(n_epochs):
        model.train()
        meter = Meter()
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            meter.update(loss.item(), x.size(0))
        history.append(meter.avg)
    return history


class Meter:
    def __init__(self):
        self.sum = 0.0
        self.count = 0

    def update(self, val, n=1):
        self.sum += val * n
        self.count += n

    @property
    def avg(self):
        return self.sum / self.count
