import torch
from torch import nn, optim

BATCH_SIZE = 32
N_EPOCHS = 5


def make_criterion():
    return lambda scores, labels: nn.functional.nll_loss(torch.log(scores + 1e-9), labels)


def make_optimizer(model):
    return optim.Adam(model.parameters(), lr=0.002)
