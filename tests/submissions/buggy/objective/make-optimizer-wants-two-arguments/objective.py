from torch import nn, optim

BATCH_SIZE = 64
N_EPOCHS = 20


def make_criterion():
    return nn.CrossEntropyLoss()


def make_optimizer(model, lr):
    return optim.Adam(model.parameters(), lr=lr)


if __name__ == "__main__":
    from net import Net

    print(make_optimizer(Net(), 1e-3))
