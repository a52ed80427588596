import torch

BATCH_SIZE = 64
N_EPOCHS = 20


def error_rate(scores, labels):
    """What I want is few errors, so this is what I minimise."""
    guesses = scores.argmax(dim=1)
    loss = (guesses != labels).float().mean()
    loss.requires_grad = True
    return loss


def make_criterion():
    return error_rate


def make_optimizer(model):
    return torch.optim.Adam(model.parameters(), lr=1e-3)
