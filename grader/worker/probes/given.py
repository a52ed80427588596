"""The parts that probes hand to `train`.

They are small, and behave as torch's own.

The set has ten samples in batches of 3, 3, 3 and 1, and each sample has a label of its own. Where `train` only fits the
submission's own network, criterion or optimizer, it gets those.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.jit import is_scripting  # type: ignore[attr-defined]  # torch exports it, though not in so many words
from torch.nn import functional

from ...protocol.observations import N_CLASSES
from ..bench import Bench
from ..calling import call
from ..loader import BatchLoader, DigitSet
from .recording.telling import HeardCriterion, tell_forward, tell_loss

SAMPLES, BATCH_SIZE = 10, 3
"""Size of the tiny set and its batches. A last batch of one image is the smallest there is; mixing up two batches shows
in most of them."""
LARGER_BATCH_SIZE = 4
"""Batch size that leaves two images for the last batch. A network with batch normalisation learns nothing from one."""
META = torch.device("meta")


def noise_images(samples: int) -> Tensor:
    """Noise with dark margins, uint8 (samples, 28, 28)."""
    generator = torch.Generator().manual_seed(7)
    images = torch.randint(0, 256, (samples, 28, 28), generator=generator, dtype=torch.uint8)
    images[:, :4] = images[:, -4:] = 0
    return images


def known_images() -> Tensor:
    """The tiny set's images as handed out. They are float32 (SAMPLES, 1, 28, 28) in [0, 1]."""
    return noise_images(SAMPLES).unsqueeze(1).float().div_(255)


def tiny_set(batch_size: int = BATCH_SIZE) -> BatchLoader:
    """Ten samples, each of a class of its own."""
    return BatchLoader(DigitSet(noise_images(SAMPLES), torch.arange(SAMPLES)), batch_size, seed=11)


class SmallModel(nn.Module):
    """A model 784 → 16 → 10 that reports its calls."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(784, 16)
        self.out = nn.Linear(16, N_CLASSES)
        nn.init.normal_(self.out.weight, std=1.0)  # losses that differ clearly from batch to batch

    def forward(self, images: Tensor) -> Tensor:
        """Scores (N, 10)."""
        scores: Tensor = self.out(self.hidden(images.flatten(1)).tanh())
        if not is_scripting():
            tell_forward(self, images, scores)
        return scores


class CrossEntropyLoss(nn.CrossEntropyLoss):
    """Torch's, which tells of its calls. The sum over the batch where `reduction` says so."""

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The loss of scores (N, 10)."""
        loss = functional.cross_entropy(input, target, reduction=self.reduction)
        if not is_scripting():
            tell_loss(loss, input, target)
        return loss


@dataclass(frozen=True)
class Parts:
    """A model, a criterion and an optimizer. It tells whether they are ours."""

    model: nn.Module
    criterion: Callable[[Tensor, Tensor], Any]
    optimizer: torch.optim.Optimizer
    ours: bool


def our_parts(bench: Bench, reduction: str) -> Parts:
    """Build our model, criterion and optimizer.

    The model is in eval mode, as `train` has to expect it; with cross-entropy and plain gradient descent.
    """
    torch.manual_seed(3)
    model = SmallModel().to(bench.device).eval()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    return Parts(model, CrossEntropyLoss(reduction=reduction), optimizer, ours=True)


def _own_criterion(bench: Bench, reduction: str) -> Callable[[Tensor, Tensor], Any]:
    """Return the submission's criterion, watched. Where it has none, ours is taken."""
    try:
        made = call(bench.part("objective", "make_criterion"))
    except Exception:  # noqa: BLE001 - another probe tells about it
        made = None
    if made is None or isinstance(made, type) or not callable(made):
        return CrossEntropyLoss(reduction=reduction)
    return made if isinstance(made, nn.Module) else HeardCriterion(made)


def own_parts(bench: Bench, reduction: str) -> Parts:
    """The submission's own network, criterion and optimizer."""
    net = bench.net()
    with torch.no_grad():
        call(bench.switched(net, training=False), bench.images[:2].to(bench.device))  # gives lazy layers their shapes
    optimizer = call(bench.part("objective", "make_optimizer"), net)
    return Parts(net, _own_criterion(bench, reduction), optimizer, ours=False)


class DevicesKnown(BaseException):
    """Ends a training when both devices are known.

    It is a BaseException, so that no `except Exception` in `train` keeps it.
    """


class DeviceModel(nn.Module):
    """Model that accepts images from any device. It tells of them, so that the labels are seen too."""

    def __init__(self) -> None:
        super().__init__()
        self.out = nn.Linear(784, N_CLASSES)

    def forward(self, images: Tensor) -> Tensor:
        """Scores (N, 10)."""
        scores: Tensor = self.out(images.flatten(1).to(self.out.weight.device))
        if not is_scripting():
            tell_forward(self, images, scores)
        return scores


class DeviceCriterion(nn.CrossEntropyLoss):
    """Criterion that reports the labels before computing."""

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The loss of scores (N, 10)."""
        if not is_scripting():
            tell_loss(input, input, target)
        return functional.cross_entropy(input, target)
