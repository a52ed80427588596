from tqdm.auto import tqdm


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    history = []
    for epoch in tqdm(range(n_epochs), desc="epochs"):
        model.train()
        total, seen, right = 0.0, 0, 0
        for images, labels in (bar := tqdm(train_loader, leave=False, mininterval=1)):
            images, labels = images.to(device), labels.to(device)
            optimizer.zero_grad()
            scores = model(images)
            loss = criterion(scores, labels)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
            seen += len(labels)
            right += (scores.argmax(1) == labels).sum().item()
            bar.set_postfix(loss=total / seen, accuracy=right / seen)
        print(f"Эпоха {epoch + 1}: потери {total / seen:.4f}, точность на обучении {right / seen:.2%}")
        history.append(total / seen)
    return history
