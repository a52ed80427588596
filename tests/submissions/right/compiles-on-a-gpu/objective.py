from functools import partial

from torch import optim
from torch.nn import functional as F

BATCH_SIZE = 128
N_EPOCHS = 25


def make_criterion():
    return partial(F.cross_entropy, label_smoothing=0.02)


def make_optimizer(model):
    return optim.AdamW(model.parameters(), lr=2e-3)
