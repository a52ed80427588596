from torch import nn, optim

from ..net import Net

BATCH_SIZE = 64
N_EPOCHS = 20


def make_criterion():
    return nn.CrossEntropyLoss()


def make_optimizer(model: Net):
    return optim.Adam(model.parameters(), lr=1e-3)
