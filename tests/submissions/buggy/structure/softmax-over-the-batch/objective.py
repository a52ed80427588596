import torch

BATCH_SIZE = 64
N_EPOCHS = 20


def make_criterion():
    def log_loss(probabilities, labels):
        picked = probabilities.gather(1, labels.unsqueeze(1))
        return -torch.log(picked + 1e-9).mean()

    return log_loss


def make_optimizer(model):
    return torch.optim.Adam(model.parameters(), lr=1e-3)
