from torch import nn
from torch.optim import Adam

BATCH_SIZE = 64
N_EPOCHS = 20


def make_criterion():
    return nn.CrossEntropyLoss()


def make_optimizer(model):
    return Adam(model.parameters(), lr=1e-3)
