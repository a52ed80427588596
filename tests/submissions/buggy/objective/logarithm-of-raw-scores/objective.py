import torch
from torch import optim

BATCH_SIZE = 64
N_EPOCHS = 20


def make_criterion():
    def cross_entropy(y_hat, y):
        # -log of what is predicted for the right class
        return -torch.log(y_hat[range(len(y_hat)), y]).mean()

    return cross_entropy


def make_optimizer(model):
    return optim.SGD(model.parameters(), lr=0.1)
