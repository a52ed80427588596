import torch
from torch import nn

BATCH_SIZE = 32
N_EPOCHS = 20


class SGD:
    """Градиентный спуск с лекции: w -= lr * grad."""

    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def zero_grad(self):
        for w in self.parameters:
            w.grad = None

    def step(self):
        with torch.no_grad():
            for w in self.parameters:
                w -= self.lr * w.grad


def make_criterion():
    return nn.CrossEntropyLoss()


def make_optimizer(model):
    return SGD(model.parameters(), lr=0.1)
