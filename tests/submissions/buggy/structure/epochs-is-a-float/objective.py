import torch.nn as nn
import torch.optim as optim

BATCH_SIZE = 64
N_EPOCHS = 1e1


def make_criterion():
    return nn.CrossEntropyLoss()


def make_optimizer(model):
    return optim.AdamW(model.parameters(), lr=1e-3)
