import torch

BATCH_SIZE = 48
N_EPOCHS = 18


def make_criterion():
    return torch.nn.CrossEntropyLoss()


def make_optimizer(model):
    return torch.optim.NAdam(model.parameters(), lr=1e-3)
