from torch import nn, optim

BATCH_SIZE = 72
N_EPOCHS = 28


def make_criterion():
    return nn.CrossEntropyLoss()


def make_optimizer(model):
    return optim.AdamW(model.parameters(), lr=2e-3)
