import torch
from torch import nn

BATCH_SIZE = 64
N_EPOCHS = 20


class Loss(nn.CrossEntropyLoss):
    def forward(self, scores, labels):
        return super().forward(scores, labels).item()


def make_criterion():
    return Loss()


def make_optimizer(model):
    return torch.optim.Adam(model.parameters(), lr=1e-3)
