import torch

BATCH_SIZE = 32
N_EPOCHS = 20
LEARNING_RATE = 1e-3


def make_criterion():
    return torch.nn.CrossEntropyLoss()


def make_optimizer(model):
    return torch.optim.Adam(params=model.parameters(), lr=LEARNING_RATE)
