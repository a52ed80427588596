from torch import nn, optim

BATCH_SIZE = 40
N_EPOCHS = 22


def make_criterion():
    return nn.CrossEntropyLoss()


def make_optimizer(model):
    return optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
