import torch
from torch import nn

BATCH_SIZE = 32
N_EPOCHS = 15


def make_criterion():
    return nn.CrossEntropyLoss()


def make_optimizer(model):
    return torch.optim.Adam(model.parameters(), lr=3e-3)
