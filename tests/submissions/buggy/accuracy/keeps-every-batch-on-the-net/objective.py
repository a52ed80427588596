from torch import nn, optim

BATCH_SIZE = 64
N_EPOCHS = 10


def make_criterion():
    return nn.CrossEntropyLoss()


def make_optimizer(model):
    return optim.SGD(model.parameters(), lr=0.05)
