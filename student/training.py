"""The training loop, six steps for each batch.

They go from clearing the gradients to the running loss, for every batch of every epoch.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader
from tqdm import tqdm

# Functions that `train` calls (augmentation, a schedule, ...) have their place here.


def train(  # noqa: PLR0913, PLR0917 - the assignment's signature
    model: nn.Module,
    train_loader: DataLoader[tuple[Tensor, int]],
    criterion: Callable[[Tensor, Tensor], Tensor],
    optimizer: torch.optim.Optimizer,
    n_epochs: int,
    device: torch.device,
) -> list[float]:
    """Train `model` in place.

    Args:
        model: on `device` already; in which mode is not known.
        train_loader: yields images float32 (N, 1, 28, 28) in [0, 1] and labels int64 (N,), on the CPU. The last batch
            of an epoch may be smaller.
        criterion: `(scores (N, 10), labels (N,)) → scalar`, the mean over the N samples.
        optimizer: over the parameters of `model`.
        n_epochs: how many times to pass over the training set.
        device: where to compute.

    Returns:
        For each epoch the mean training loss per sample.
    """
    # TODO: put the model into train mode; then, for every batch of every epoch (images and labels moved to `device`):
    #   1. clear the gradients   2. forward   3. loss   4. backward   5. step of the optimizer   6. running loss
    # Hint: `loss` is the mean over one batch. The mean over all samples weighs each batch by its size, as the last one
    # may be smaller; loss.item() is the number without the graph.
    raise NotImplementedError("TODO: write this part, then delete this line")
