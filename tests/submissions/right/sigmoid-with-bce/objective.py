import torch
from torch import nn, optim

BATCH_SIZE = 50
N_EPOCHS = 25


class YesOrNo(nn.Module):
    def __init__(self):
        super().__init__()
        self.loss = nn.BCELoss()

    def forward(self, probabilities, labels):
        wanted = torch.zeros_like(probabilities)
        wanted[torch.arange(len(labels)), labels] = 1.0
        return self.loss(probabilities, wanted)


def make_criterion():
    return YesOrNo()


def make_optimizer(model):
    return optim.Adam(model.parameters(), lr=2e-3)
