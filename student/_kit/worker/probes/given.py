"""What the probes of the training loop give to `train`: small parts that behave as torch's own and tell what is done.

The set has ten samples in batches of 4, 4 and 2, and each sample has a label of its own. Where `train` only fits the
submission's own network or optimizer, it gets those.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ...protocol.observations import N_CLASSES
from ..bench import Bench
from ..loader import BatchLoader, DigitSet
from .recording import Recorder

SAMPLES, BATCH_SIZE = 10, 4
META = torch.device("meta")


def noise_images(samples: int) -> Tensor:
    """Noise with dark margins, uint8 (samples, 28, 28)."""
    generator = torch.Generator().manual_seed(7)
    images = torch.randint(0, 256, (samples, 28, 28), generator=generator, dtype=torch.uint8)
    images[:, :4] = images[:, -4:] = 0
    return images


def known_images() -> Tensor:
    """The images of the tiny set as the loader hands them out, float32 (SAMPLES, 1, 28, 28) in [0, 1]."""
    return noise_images(SAMPLES).unsqueeze(1).float().div_(255)


def tiny_set() -> BatchLoader:
    """Ten samples, each of a class of its own."""
    return BatchLoader(DigitSet(noise_images(SAMPLES), torch.arange(SAMPLES)), BATCH_SIZE, seed=11)


def recorded_set(recorder: Recorder) -> BatchLoader:
    """The tiny set, which tells the recorder of what it hands out."""
    seen = recorder.samples
    digits = DigitSet(noise_images(SAMPLES), torch.arange(SAMPLES), seen.note_handed)
    return BatchLoader(digits, BATCH_SIZE, seed=11, on_pass=seen.note_pass)


class SmallModel(nn.Module):
    """784 → 16 → 10."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(784, 16)
        self.out = nn.Linear(16, N_CLASSES)
        nn.init.normal_(self.out.weight, std=1.0)  # losses that differ clearly from batch to batch

    def forward(self, images: Tensor) -> Tensor:
        """Scores (N, 10)."""
        hidden: Tensor = self.hidden(images.flatten(1)).tanh()
        scores: Tensor = self.out(hidden)
        return scores


class RecordingCriterion(nn.CrossEntropyLoss):
    """Cross-entropy that tells the recorder of each call; the sum over the batch where `reduction` says so."""

    def __init__(self, recorder: Recorder, reduction: str) -> None:
        super().__init__(reduction=reduction)
        self._recorder = recorder

    def forward(self, scores: Tensor, labels: Tensor) -> Tensor:
        """The loss of scores (N, 10)."""
        loss = super().forward(scores, labels)
        self._recorder.calls.note_loss(loss, labels, len(scores))
        return loss


@dataclass(frozen=True)
class Parts:
    """A model and an optimizer over it, and whether they are ours."""

    model: nn.Module
    optimizer: torch.optim.Optimizer
    ours: bool


def our_parts(bench: Bench) -> Parts:
    """A small model, in eval mode as `train` has to expect it, and plain gradient descent."""
    torch.manual_seed(3)
    model = SmallModel().to(bench.device).eval()
    return Parts(model, torch.optim.SGD(model.parameters(), lr=0.01), ours=True)


def own_parts(bench: Bench) -> Parts:
    """The submission's own network and optimizer."""
    net = bench.net()
    with torch.no_grad():
        bench.scores(net.eval(), bench.images[:2])  # gives lazy layers their shapes
    return Parts(net, bench.part("objective", "make_optimizer")(net), ours=False)


class DevicesKnown(BaseException):
    """Both devices are known; a BaseException, so that no `except Exception` in `train` keeps it."""


class DeviceModel(nn.Module):
    """Takes images from any device, so that the labels are seen too."""

    def __init__(self) -> None:
        super().__init__()
        self.out = nn.Linear(784, N_CLASSES)

    def forward(self, images: Tensor) -> Tensor:
        """Scores (N, 10)."""
        scores: Tensor = self.out(images.flatten(1).to(self.out.weight.device))
        return scores


class DeviceCriterion(nn.CrossEntropyLoss):
    """Writes the device of the labels into `seen` and ends the training."""

    def __init__(self, seen: dict[str, str]) -> None:
        super().__init__()
        self._seen = seen

    def forward(self, scores: Tensor, labels: Tensor) -> Tensor:  # noqa: ARG002 - the signature of a loss
        """Raise `DevicesKnown`."""
        self._seen.setdefault("labels", labels.device.type)
        raise DevicesKnown
