from torch import nn, optim

BATCH_SIZE: int = 32
N_EPOCHS: int = 20


def make_criterion() -> nn.Module:
    return nn.CrossEntropyLoss()


def make_optimizer(model: nn.Module) -> optim.Optimizer:
    return optim.Adagrad(model.parameters(), lr=0.02)
