import torch

BATCH_SIZE = 64
N_EPOCHS = 16


def make_criterion():
    return torch.nn.CrossEntropyLoss()


def make_optimizer(model):
    return torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.05)
