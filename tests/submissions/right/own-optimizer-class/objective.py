import torch.nn as nn

from .lion import Lion

BATCH_SIZE = 64
N_EPOCHS = 20


def make_criterion():
    return nn.CrossEntropyLoss()


def make_optimizer(model):
    return Lion(model.parameters(), lr=3e-4, weight_decay=0.01)
