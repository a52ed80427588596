import torch
import torch.nn as nn

BATCH_SIZE = 128
N_EPOCHS = 30
MAX_LR = 4e-3


def make_criterion():
    return nn.CrossEntropyLoss(label_smoothing=0.05)


def make_optimizer(model):
    decay, no_decay = [], []
    for p in model.parameters():
        (decay if p.ndim > 1 else no_decay).append(p)
    groups = [{"params": decay, "weight_decay": 0.02}, {"params": no_decay, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=1e-3)
