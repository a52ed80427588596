from torch import nn, optim

BATCH_SIZE = 64
N_EPOCHS = 3


def make_criterion():
    return nn.CrossEntropyLoss()


def make_optimizer(model):
    return optim.Adam(model.parameters(), lr=0.003)
