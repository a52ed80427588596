"""The objective: loss, optimizer, batch size and epochs.

It says what the network is trained for, by what rule, in batches of what size, and for how long.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

# TODO: choose both. The course's first run is 16 images per batch and 1 epoch, about 96 %; the homework takes 10 to 50
# epochs as a rule. Larger batches make an epoch faster, but give fewer steps of the optimizer.
BATCH_SIZE = 16
N_EPOCHS = 1


def make_criterion() -> Callable[[Tensor, Tensor], Tensor]:
    """Make the loss, the mean over N samples. It is a callable `(scores (N, 10), labels int64 (N,)) → scalar`."""
    # TODO: return a loss for classification.
    # Hint: nn.CrossEntropyLoss works on raw scores: it applies log-softmax itself, so Net should not.
    raise NotImplementedError("TODO: write this part, then delete this line")


def make_optimizer(model: nn.Module) -> torch.optim.Optimizer:
    """Make the optimizer of `model`.

    It moves the parameters against their gradients.

    Args:
        model: the network that is about to be trained; the optimizer holds each of its parameters exactly once.
    """
    # TODO: return one of torch.optim over model.parameters().
    # Hint: the course begins with torch.optim.SGD(model.parameters(), lr=0.05). What do momentum and Adam change?
    raise NotImplementedError("TODO: write this part, then delete this line")
