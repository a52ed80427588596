import torch
from torch import nn
BATCH_SIZE = 16
N_EPOCHS = 20
def make_criterion():
    return nn.CrossEntropyLoss()
def make_optimizer(model):
    return torch.optim.SGD(model, lr=0.05)
