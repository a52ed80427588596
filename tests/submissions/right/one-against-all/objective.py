# Ten yes/no questions ("is it a 3?") instead of one choice out of ten.
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, one_hot

BATCH_SIZE = 64
N_EPOCHS = 20


def one_against_all(logits, digits):
    return binary_cross_entropy_with_logits(logits, one_hot(digits, 10).float(), reduction="sum") / len(digits)


def make_criterion():
    return lambda logits, digits: one_against_all(logits, digits)


def make_optimizer(model):
    return torch.optim.Adamax(model.parameters(), lr=3e-3)
