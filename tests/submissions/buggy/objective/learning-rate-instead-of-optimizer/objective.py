from torch import nn

BATCH_SIZE = 64
N_EPOCHS = 20
LR = 0.05


def make_criterion():
    return nn.CrossEntropyLoss()


def make_optimizer(model):
    return LR
