# Смешанная точность на видеокарте; на процессоре scaler и autocast выключены и ничего не делают.
import torch


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    on_gpu = str(device).startswith("cuda")
    scaler = torch.amp.GradScaler("cuda", enabled=on_gpu)
    losses = []
    for epoch in range(n_epochs):
        model.train()
        epoch_loss = 0
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad(set_to_none=True)
            with torch.autocast("cuda", dtype=torch.float16, enabled=on_gpu):
                loss = criterion(model(x), y)
            scaler.scale(loss).backward()
            scaler.unscale_(optimizer)
            torch.nn.utils.clip_grad_value_(model.parameters(), 0.5)
            scaler.step(optimizer)
            scaler.update()
            epoch_loss += loss.item() * x.shape[0]
        losses.append(epoch_loss / len(train_loader.dataset))
    return losses
