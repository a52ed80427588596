from torch import nn, optim

batch_size = 80
epochs = 30


def make_criterion():
    return nn.CrossEntropyLoss()


def make_optimizer(model):
    return optim.RMSprop(model.parameters(), lr=1e-3)
