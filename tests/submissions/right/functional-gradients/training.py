from torch.func import functional_call, grad_and_value


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    def loss_of(parameters, x, y):
        return criterion(functional_call(model, parameters, (x,)), y)

    step = grad_and_value(loss_of)
    curve = []
    for _ in range(n_epochs):
        model.train()
        total = 0.0
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            gradients, loss = step({k: p.detach() for k, p in model.named_parameters()}, x, y)
            for name, parameter in model.named_parameters():
                parameter.grad = gradients[name]
            optimizer.step()
            total += loss.item() * len(y)
        curve.append(total / len(train_loader.dataset))
    return curve
