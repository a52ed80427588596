from torch import nn, optim

BATCH_SIZE = 32
N_EPOCHS = 15


def make_criterion():
    return nn.CrossEntropyLoss(reduction="mean")


def make_optimizer(model):
    return optim.RAdam(model.parameters(), lr=0.002)
