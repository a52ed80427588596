from torch import nn, optim

BATCH_SIZE = 64
N_EPOCHS = 20

make_criterion = nn.CrossEntropyLoss


def make_optimizer(model):
    return optim.SGD(model.parameters(), lr=0.03, momentum=0.9, nesterov=True, weight_decay=1e-4)
