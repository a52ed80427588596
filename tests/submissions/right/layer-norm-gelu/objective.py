from torch import nn
from torch.optim import AdamW

BATCH_SIZE = 64
N_EPOCHS = 16


def make_criterion() -> nn.CrossEntropyLoss:
    return nn.CrossEntropyLoss()


def make_optimizer(model: nn.Module) -> AdamW:
    return AdamW(model.parameters(), lr=6e-4, betas=(0.9, 0.98), weight_decay=0.05)
