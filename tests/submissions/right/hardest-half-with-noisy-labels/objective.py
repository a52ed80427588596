import torch
from torch import nn, optim

BATCH_SIZE = 64
N_EPOCHS = 25


class HardestHalf(nn.Module):
    """One label in twenty is replaced at random (DisturbLabel, 2016); only the harder half of a batch counts."""

    def forward(self, scores, labels):
        disturbed = torch.rand(len(labels), device=labels.device) < 0.05
        labels = torch.where(disturbed, torch.randint_like(labels, 10), labels)
        losses = nn.functional.cross_entropy(scores, labels, reduction="none", label_smoothing=0.05)
        return losses.topk((len(losses) + 1) // 2).values.mean()


def make_criterion():
    return HardestHalf()


def make_optimizer(model):
    return optim.Adam(model.parameters(), lr=1e-3)
