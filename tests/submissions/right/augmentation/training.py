import torch

from student.augment import random_affine


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, n_epochs * len(train_loader))
    means = []
    for epoch in range(n_epochs):
        model.train()
        total = 0.0
        for images, labels in train_loader:
            images = random_affine(images.to(device))
            labels = labels.to(device)
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(images)
        means.append(total / len(train_loader.dataset))
        print("epoch", epoch + 1, "loss", round(means[-1], 4))
    return means
