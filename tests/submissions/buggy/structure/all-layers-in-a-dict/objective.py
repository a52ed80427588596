import torch.nn as nn
import torch.optim as optim

BATCH_SIZE = 32
N_EPOCHS = 25


def make_criterion():
    return nn.CrossEntropyLoss()


def make_optimizer(model):
    parameters = []
    for layer in model.layers.values():
        parameters += list(layer.parameters())
    return optim.SGD(parameters, lr=0.05, momentum=0.9)
