import torch
import torch.nn.functional as F

BATCH_SIZE = 50
N_EPOCHS = 20


def make_criterion():
    # torch.nn.functional has the loss as a plain function already
    return F.cross_entropy


def make_optimizer(net):
    return torch.optim.NAdam(net.parameters(), lr=2e-3)
