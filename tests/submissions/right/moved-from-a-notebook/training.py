import matplotlib.pyplot as plt
from IPython.display import clear_output, display
from tqdm.notebook import tqdm


def draw(losses):
    clear_output(wait=True)
    fig, ax = plt.subplots()
    ax.plot(losses)
    ax.set_xlabel("эпоха")
    display(fig)
    plt.close(fig)


def train(model, train_loader, criterion, optimizer, n_epochs, device):
    losses = []
    for epoch in tqdm(range(n_epochs)):
        model.train()
        total = 0
        for x, y in tqdm(train_loader, leave=False):
            x, y = x.to(device), y.to(device)
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * x.shape[0]
        losses.append(total / len(train_loader.dataset))
        if epoch % 5 == 0:
            draw(losses)
    return losses
