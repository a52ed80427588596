from torch import nn, optim

BATCH_SIZE = 32
N_EPOCHS = 16


def make_criterion():
    return nn.CrossEntropyLoss()


def make_optimizer(model):
    return optim.Adam([{"params": model.head.parameters()}, {"params": [p for n, p in model.named_parameters() if "head" not in n], "lr": 1e-5}], lr=0.02)
