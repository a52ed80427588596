import torch
import torch.nn.functional as F

BATCH_SIZE = 32
N_EPOCHS = 25


class OneHotSquaredError(torch.nn.Module):
    def forward(self, scores, labels):
        target = F.one_hot(labels, num_classes=scores.shape[1]).to(scores.dtype)
        return F.mse_loss(scores, target)


def make_criterion():
    return OneHotSquaredError()


def make_optimizer(model):
    return torch.optim.RMSprop(model.parameters(), lr=5e-4)
