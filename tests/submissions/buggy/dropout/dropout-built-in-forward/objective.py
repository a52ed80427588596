from torch import nn, optim

BATCH_SIZE: int = 100
N_EPOCHS: int = 4


def make_criterion():
    return nn.CrossEntropyLoss()


def make_optimizer(model: nn.Module) -> optim.Optimizer:
    return optim.Adam(model.parameters(), lr=1e-3)
