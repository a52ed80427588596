from torch import nn, optim

BATCH_SIZE = 64


def make_criterion():
    return nn.CrossEntropyLoss()


def make_optimizer(model):
    return optim.RMSprop(model.parameters(), lr=1e-3)
