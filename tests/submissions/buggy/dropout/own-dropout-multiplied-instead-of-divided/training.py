def train(model, train_loader, criterion, optimizer, n_epochs, device):
    epoch_losses = []
    for epoch in range(n_epochs):
        model.train()
        loss_total = 0.0
        for step, (inputs, labels) in enumerate(train_loader, start=1):
            inputs, labels = inputs.to(device), labels.to(device)
            for group in optimizer.param_groups:
                for p in group["params"]:
                    if p.grad is not None:
                        p.grad.zero_()
            loss = criterion(model(inputs), labels)
            loss.backward()
            optimizer.step()
            loss_total += loss.item() * inputs.size(0)
        epoch_losses.append(loss_total / len(train_loader.dataset))
    return epoch_losses
