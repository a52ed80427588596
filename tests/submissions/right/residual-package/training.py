from dataclasses import dataclass, field


@dataclass
class RunningMean:
    total: float = 0.0
    count: int = 0

    def add(self, mean: float, n: int) -> None:
        self.total += mean * n
        self.count += n

    @property
    def value(self) -> float:
        return self.total / self.count


@dataclass
class History:
    train_loss: list[float] = field(default_factory=list)


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    history = History()
    for _ in range(n_epochs):
        model.train()
        mean = RunningMean()
        for images, labels in train_loader:
            images, labels = images.to(device), labels.to(device)
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            mean.add(loss.item(), len(labels))
        history.train_loss.append(mean.value)
    return history.train_loss
