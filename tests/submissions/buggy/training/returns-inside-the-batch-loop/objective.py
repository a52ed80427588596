import torch.nn as nn
import torch.optim as optim

BATCH_SIZE = 100
N_EPOCHS = 30


def make_criterion():
    return nn.CrossEntropyLoss()


def make_optimizer(model):
    return optim.Adam(model.parameters(), lr=0.001)
