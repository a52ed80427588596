"""What a probe works with: the submission's parts, some images, a seed, a device."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..protocol.observations import N_CLASSES
from .submission import import_module

WAKING_STEPS = 4
"""A zero-initialised readout wakes at the first step, the branches before it at the second."""


class Blocked(Exception):
    """A probe cannot run because of what the probe `by` has seen."""

    def __init__(self, by: str) -> None:
        super().__init__(by)
        self.by = by


class Unavailable(Blocked):
    """A module of the submission could not be imported or lacks a name; probe `load` tells which."""

    def __init__(self) -> None:
        super().__init__("load")


@dataclass
class Bench:
    """The place a submission is examined at.

    Args:
        package: folder of the submission's files.
        images: float32 (N, 1, 28, 28) in [0, 1], some training images.
        labels: int64 (N,), theirs.
        arrays: further arrays by name, as `protocol.messages.Phase` says.
        report: called with (epoch, batch, batches, n_epochs, seconds) while training.
    """

    package: Path
    images: Tensor
    labels: Tensor
    seed: int = 0
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    arrays: Mapping[str, np.ndarray[Any, Any]] = field(default_factory=dict)
    weights: bytes = b""
    epochs_factor: int = 1
    redraw_weights: bool = False
    report: Callable[[int, int, int, int, float], None] = lambda *progress: None
    memo: dict[str, Any] = field(default_factory=dict)
    """What several probes of a phase look at, made once."""

    def seeded(self, offset: int = 0) -> None:
        """Seed every generator a submission may draw from."""
        if self.device.type == "cpu":
            # `torch.manual_seed` would write down a traceback for each kind of device that is not in use yet
            torch.default_generator.manual_seed(self.seed + offset)
        else:
            torch.manual_seed(self.seed + offset)
        np.random.seed((self.seed + offset) % 2**32)
        random.seed(self.seed + offset)

    def part(self, module: str, name: str) -> Any:
        """The object `name` of the submission's `module`.

        Raises:
            Unavailable: it cannot be had; `load` has seen why.
        """
        try:
            return getattr(import_module(module), name)
        except BaseException as error:
            raise Unavailable from error

    def net(self) -> nn.Module:
        """A fresh `Net()`, the generators freshly seeded, on the device, in train mode as torch leaves it.

        Raises:
            Blocked: it is no module (`build` has seen that).
        """
        net_class = self.part("net", "Net")
        self.seeded()
        try:
            net = net_class()
        except BaseException as error:
            raise Blocked("build") from error
        if not isinstance(net, nn.Module):
            raise Blocked("build")
        return net.to(self.device)

    def awake_net(self) -> nn.Module:
        """A fresh `Net()` whose scores tell images apart, in train mode.

        A readout or branch that begins at zero is right and common, and makes the scores of all images the same until
        the first step. Such a net is taken a few plain steps further first.

        Raises:
            Blocked: its scores remain the same for all images; `gradients` has seen why.
        """
        net, images = self.net(), self.images[:32]
        for _ in range(WAKING_STEPS):
            if self._tells_apart(net, images):
                return net.train()
            self.step_aside(net.train(), self.scores(net, images))
        if self._tells_apart(net, images):
            return net.train()
        raise Blocked("gradients")

    def _tells_apart(self, net: nn.Module, images: Tensor) -> bool:
        """Whether two images have different scores, in either mode: dropout of everything leaves none in train mode."""
        with torch.no_grad():
            for mode in (True, False):
                self.seeded()
                scores = self.scores(net.train(mode), images)
                if not bool((scores == scores[:1]).all()):
                    return True
        return False

    def step_aside(self, net: nn.Module, scores: Tensor) -> None:
        """Send one gradient back from `scores` and move every parameter that it reaches a little, whatever its size.

        Each row has a direction of its own: what all rows have in common may cancel, in a batch normalisation for one.
        """
        if not scores.requires_grad:
            return
        direction = torch.randn(len(scores), N_CLASSES, generator=torch.Generator().manual_seed(self.seed)).to(scores)
        (scores * direction).sum().backward()
        with torch.no_grad():
            for parameter in net.parameters():
                if parameter.grad is not None and bool(parameter.grad.abs().sum() > 0):
                    fan_in = parameter[0].numel() if parameter.ndim > 1 else 100
                    size = parameter.grad.square().mean().sqrt()
                    parameter.sub_(0.1 * fan_in**-0.5 * parameter.grad / size)

    def scores(self, net: nn.Module, images: Tensor) -> Tensor:
        """`net(images)`, known to be floating (N, 10).

        Raises:
            Blocked: it is not; `shapes` has seen that, unless it only happens here.
        """
        scores = net(images.to(self.device))
        fits = isinstance(scores, Tensor) and scores.shape == (len(images), N_CLASSES) and scores.is_floating_point()
        if not fits:
            raise Blocked("shapes")
        checked: Tensor = scores
        return checked


def to_numpy(tensor: Tensor) -> np.ndarray[Any, Any]:
    """A float32 copy on the CPU, cut from the graph."""
    return tensor.detach().float().cpu().numpy().copy()
