from student.net import Net
from student.objective import make_optimizer


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    net = Net().to(device)
    optimizer = make_optimizer(net)
    poteri = []
    for _ in range(n_epochs):
        net.train()
        summa = 0.0
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = criterion(net(x), y)
            loss.backward()
            optimizer.step()
            summa += loss.item() * len(y)
        poteri.append(summa / len(train_loader.dataset))
    model = net
    return poteri
