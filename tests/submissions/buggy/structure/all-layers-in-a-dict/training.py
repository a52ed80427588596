def train(model, train_loader, criterion, optimizer, n_epochs, device):
    avg = []
    for ep in range(1, n_epochs + 1):
        model.train()
        tot, cnt = 0.0, 0
        for inp, tgt in train_loader:
            inp, tgt = inp.to(device), tgt.to(device)
            optimizer.zero_grad()
            out = model(inp)
            loss = criterion(out, tgt)
            loss.backward()
            optimizer.step()
            tot += loss.item() * tgt.size(0)
            cnt += tgt.size(0)
        avg.append(tot / cnt)
        print(f"epoch {ep}/{n_epochs} loss {avg[-1]:.5f}")
    return avg
