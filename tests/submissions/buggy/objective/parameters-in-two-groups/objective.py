import torch.nn as nn
import torch.optim as optim

BATCH_SIZE = 64
N_EPOCHS = 20


def make_criterion():
    return nn.CrossEntropyLoss()


def make_optimizer(model):
    return optim.SGD(
        [
            {"params": model.parameters(), "lr": 0.05},
            {"params": model.head.parameters(), "lr": 0.01},
        ],
        momentum=0.9,
    )
