from torch import nn, optim

BATCH_SIZE = 32
N_EPOCHS = 20


def make_criterion():
    return nn.CrossEntropyLoss()


def make_optimizer(model):
    groups = [{"params": module.parameters()} for module in (*model.neurons, *model.outputs)]
    return optim.Adam(groups, lr=2e-3)
