from torch import nn, optim

BATCH_SIZE = 64
N_EPOCHS = 20


def make_criterion():
    return nn.CrossEntropyLoss()


def make_optimizer(model):
    return optim.Adamax(model.parameters(), lr=2e-3)
