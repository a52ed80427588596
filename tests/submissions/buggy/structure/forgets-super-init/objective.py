import torch.nn as nn
import torch.optim as optim

BATCH_SIZE = 100
N_EPOCHS = 20


def make_criterion():
    criterion = nn.CrossEntropyLoss()
    return criterion


def make_optimizer(model):
    optimizer = optim.Adam(model.parameters(), lr=0.001)
    return optimizer
