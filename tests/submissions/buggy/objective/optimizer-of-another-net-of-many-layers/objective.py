from torch import nn, optim

from .net import Net

BATCH_SIZE = 32
N_EPOCHS = 20

net = Net()


def make_criterion():
    return nn.CrossEntropyLoss()


def make_optimizer(model):
    return optim.Adam(net.parameters(), lr=2e-3)
