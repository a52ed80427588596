from torch import nn, optim

BATCH_SIZE = 64
N_EPOCHS = 20
LEARNING_RATE = 1 // 100


def make_criterion():
    return nn.CrossEntropyLoss()


def make_optimizer(model):
    return optim.SGD(model.parameters(), lr=LEARNING_RATE, momentum=0.9)
