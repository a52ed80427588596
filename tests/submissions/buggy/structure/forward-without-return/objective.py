from torch import nn, optim

BATCH_SIZE = 20
N_EPOCHS = 30


def make_criterion():
    return nn.CrossEntropyLoss()


def make_optimizer(model):
    return optim.SGD(model.parameters(), lr=0.05, momentum=0.5)
