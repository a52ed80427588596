"""The training loop, six steps for each batch.

They go from clearing the gradients to the running loss, for every batch of every epoch.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader
from tqdm import tqdm

### STUB: # Functions that `train` calls (augmentation, a schedule, ...) have their place here.
### BEGIN SOLUTION
# Larger moves teach more, but take longer to learn: these are what pays in N_EPOCHS.
MAX_ANGLE = 6 * torch.pi / 180
MAX_SHIFT = 0.07  # of the width and of the height: 2 pixels
MAX_STRETCH = 0.06
MAX_SHEAR = 0.06


def random_affine(n: int, device: torch.device) -> Tensor:
    """Draw n random maps of the plane.

    Each is a turn, a shear, a stretch along both axes and a shift.

    Args:
        n: how many.
        device: where.

    Returns:
        Matrices (n, 2, 3): times (x, y, 1), a point of the new image, they give the point where its value is taken.
        In these coordinates an image reaches from -1 to 1.
    """

    def uniform(bound: float) -> Tensor:
        return torch.empty(n, device=device).uniform_(-bound, bound)  # (n,)

    angle, shear = uniform(MAX_ANGLE), uniform(MAX_SHEAR)
    stretch_x, stretch_y = 1 + uniform(MAX_STRETCH), 1 + uniform(MAX_STRETCH)
    shift_x, shift_y = uniform(2 * MAX_SHIFT), uniform(2 * MAX_SHIFT)
    row_x = torch.stack([stretch_x * angle.cos(), stretch_x * (shear - angle.sin()), shift_x], dim=1)  # (n, 3)
    row_y = torch.stack([stretch_y * angle.sin(), stretch_y * angle.cos(), shift_y], dim=1)  # (n, 3)
    return torch.stack([row_x, row_y], dim=1)  # (n, 2, 3)


def pixel_centres(size: int, device: torch.device) -> Tensor:
    """Make the centres (x, y, 1) of all pixels. They are a tensor (size, size, 3) for an image (size, size)."""
    centres = (2 * torch.arange(size, device=device) + 1) / size - 1  # (size,), between -1 and 1
    y, x = torch.meshgrid(centres, centres, indexing="ij")  # (size, size) each
    return torch.stack([x, y, torch.ones_like(x)], dim=2)


def augment(images: Tensor) -> Tensor:
    """Move each image a little, in its own way.

    A seven stays a seven, but no two epochs show the same pixels.

    It is what lifts this network from 98.8 % to over 99 %: it no longer can learn the training images by heart.

    Args:
        images: (N, 1, 28, 28), on any device.

    Returns:
        Images of the same shape.
    """
    maps = random_affine(len(images), images.device)  # (N, 2, 3)
    points = pixel_centres(images.shape[-1], images.device)  # (28, 28, 3)
    # All maps of all points in one product. nn.functional.affine_grid gives the same, but makes N small products of it,
    # which take longer than the first layer of the network.
    grid = torch.einsum("nij,hwj->nhwi", maps, points)  # (N, 28, 28, 2)
    return nn.functional.grid_sample(images, grid, align_corners=False)  # bilinear, black beyond the edge


def one_cycle(optimizer: torch.optim.Optimizer, n_steps: int) -> torch.optim.lr_scheduler.OneCycleLR:
    """Make a schedule that rises, then falls.

    The learning rate rises to the optimizer's own for 30 % of the steps, then falls to almost none.

    Large steps in the middle find a good region, small ones at the end settle in it. After the last step the rate stays
    next to zero: a further run needs a new optimizer.
    """
    highest = [group["lr"] for group in optimizer.param_groups]
    return torch.optim.lr_scheduler.OneCycleLR(optimizer, highest, total_steps=n_steps, cycle_momentum=False)


### END SOLUTION


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
    ### BEGIN SOLUTION
    model.train()
    schedule = one_cycle(optimizer, n_epochs * len(train_loader))
    history = []
    for epoch in range(1, n_epochs + 1):
        running_loss, seen = 0.0, 0
        # `disable=None`: a progress bar on a terminal, none in a file
        for images, labels in tqdm(train_loader, f"Epoch {epoch}", leave=False, disable=None):
            images, labels = images.to(device), labels.to(device)  # noqa: PLW2901 - (N, 1, 28, 28), (N,)
            optimizer.zero_grad()  # 1. forget the gradients of the batch before
            scores = model(augment(images))  # 2. forward: (N, 10)
            loss = criterion(scores, labels)  # 3. scalar
            loss.backward()  # 4. the gradient of every parameter
            optimizer.step()  # 5. move the parameters
            schedule.step()
            running_loss += loss.item() * len(labels)  # 6. the mean of the batch times its size: a sum
            seen += len(labels)
        history.append(running_loss / seen)
        print(f"Epoch: {epoch} Training Loss: {history[-1]:.6f}")
    return history
    ### END SOLUTION
