from torch import nn, optim

BATCH_SIZE = 48
N_EPOCHS = 24


def make_criterion():
    return nn.CrossEntropyLoss()


def make_optimizer(model):
    return optim.Adam(model.parameters())
