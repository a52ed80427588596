import torch.nn as nn
import torch.optim as optim

BATCH_SIZE = 16
N_EPOCHS = 20


def make_criterion():
    return nn.CrossEntropyLoss()


def make_optimizer(model):
    return optim.SGD(model.parameters(), lr=0.05)
