import torch.nn as nn
import torch.optim as optim

BATCH_SIZE = 32
N_EPOCHS = 25


def make_criterion():
    criterion = nn.CrossEntropyLoss()


def make_optimizer(model):
    return optim.SGD(model.parameters(), lr=0.03, momentum=0.9)
