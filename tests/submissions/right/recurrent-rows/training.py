from torch.nn.utils import clip_grad_norm_


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    history = []
    for _ in range(n_epochs):
        model.train()
        total = 0.0
        for rows, digit in train_loader:
            rows, digit = rows.to(device), digit.to(device)
            optimizer.zero_grad()
            loss = criterion(model(rows), digit)
            loss.backward()
            clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            total += loss.item() * digit.numel()
        history.append(total / len(train_loader.dataset))
    return history
