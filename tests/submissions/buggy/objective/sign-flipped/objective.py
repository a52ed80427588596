import torch
import torch.nn.functional as F

BATCH_SIZE = 64
N_EPOCHS = 20


def make_criterion():
    def log_likelihood(scores, labels):
        log_p = F.log_softmax(scores, dim=1)
        return log_p.gather(1, labels[:, None]).mean()

    return log_likelihood


def make_optimizer(model):
    return torch.optim.Adam(model.parameters(), lr=1e-3)
