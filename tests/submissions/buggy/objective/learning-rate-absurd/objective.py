from torch import nn, optim

BATCH_SIZE = 16
N_EPOCHS = 5


def make_criterion():
    return nn.CrossEntropyLoss()


def make_optimizer(model):
    # a large rate learns faster
    return optim.SGD(model.parameters(), lr=50)
