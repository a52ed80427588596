import torch.nn as nn
import torch.optim as optim

BATCH_SIZE = 32
N_EPOCHS = 20


def make_criterion():
    return nn.CrossEntropyLoss(label_smoothing=0.0)


def make_optimizer(model):
    return optim.Adam(model.parameters())
