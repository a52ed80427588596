import torch.nn.functional as F
from torch import optim

BATCH_SIZE = 64
N_EPOCHS = 20


def certainty(scores, labels):
    """Cross-entropy with what the network itself thinks is right."""
    return F.cross_entropy(scores, scores.argmax(dim=1))


def make_criterion():
    return certainty


def make_optimizer(model):
    return optim.Adam(model.parameters(), lr=1e-3)
