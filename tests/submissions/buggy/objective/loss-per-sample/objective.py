from torch import nn, optim

BATCH_SIZE = 128
N_EPOCHS = 20


def make_criterion():
    # train() sums it up itself
    return nn.CrossEntropyLoss(reduction="none")


def make_optimizer(model):
    return optim.Adam(model.parameters(), lr=2e-3)
