from torch import nn, optim

BATCH_SIZE = 56
N_EPOCHS = 26


criterion = nn.CrossEntropyLoss()


def make_optimizer(model):
    return optim.NAdam(model.parameters())
