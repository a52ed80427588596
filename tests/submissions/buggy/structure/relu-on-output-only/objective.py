import torch

BATCH_SIZE = 64
N_EPOCHS = 20


def make_criterion():
    return torch.nn.CrossEntropyLoss()


def make_optimizer(model):
    return torch.optim.Adam(model.parameters(), lr=1e-3)
