from torch import nn
from torch import optim

BATCH_SIZE = 32
N_EPOCHS = 25


def make_criterion():
    return nn.NLLLoss()


def make_optimizer(model):
    return optim.Adam(model.parameters(), lr=0.0015)
