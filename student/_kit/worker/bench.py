"""The workbench of the probes. It holds the submission's parts, some images, a seed and a device."""

from __future__ import annotations

import hashlib
import hmac
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..protocol.observations import N_CLASSES
from . import leniency
from .calling import call
from .leniency import Manner
from .originals import registered
from .partly import find_inside
from .submission import import_partly

WAKING_STEPS = 4
"""Steps that wake a zero-initialised network. The readout wakes at the first step, the branches before it at the
second."""
MOST_SCORES = 2 * N_CLASSES
"""Scores of an image that are looked at. More than ten are told to be wrong, and the first ten looked at all the same.
"""
MOST_IN_A_BATCH = 1024
"""Largest batch for a network of one batch size."""


def _usual_size(parameter: Tensor) -> float:
    """Return the usual size of a parameter's entries. It is 1/√(values that come in), and a tenth for a bias."""
    fan_in = parameter[0].numel() if parameter.ndim > 1 else 100
    return float(fan_in**-0.5)


class Blocked(Exception):
    """A probe cannot run because of probe `by`."""

    def __init__(self, by: str) -> None:
        super().__init__(by)
        self.by = by


class Unavailable(Blocked):
    """A part of the submission is not available.

    The module could not be imported or lacks a name; probe `load` tells which.
    """

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
        network_bytes: bound on a packed network.
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
    epoch_samples: int = 0
    redraw_weights: bool = False
    network_bytes: int = 1 << 26
    key: bytes = b""
    report: Callable[[int, int, int, int, float], None] = lambda *progress: None
    memo: dict[str, Any] = field(default_factory=dict)
    """Results that several probes of a phase share."""

    def secret(self, purpose: str) -> bytes:
        """Return a random key for `purpose`. The submission must not foresee it, and no seed of its own tells it."""
        return hmac.new(self.key, purpose.encode(), hashlib.sha256).digest()

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
        """Return the object `name` of the submission's `module`.

        It may stand within a function or below a main guard.

        For `Net` the only network there, whatever it is called.

        Raises:
            Unavailable: it cannot be had; `load` has seen why.
        """
        try:
            loaded = import_partly(module, self.package)
            found = getattr(loaded, name) if hasattr(loaded, name) else find_inside(loaded, name)
            found = leniency.only_network(loaded) if found is None and name == "Net" else found
        except BaseException as error:
            raise Unavailable from error
        if found is None:
            raise Unavailable
        return found

    def net(self, *, as_written: bool = False) -> nn.Module:
        """Build a freshly seeded network on the device.

        It is in train mode, as torch leaves it.

        Args:
            as_written: not even a misspelt `forward` is passed over.

        Raises:
            Blocked: there is none (`build` has seen that).
        """
        net_class = self.part("net", "Net")
        self.seeded()
        try:
            net = leniency.build(net_class, as_written=as_written)
        except BaseException as error:
            raise Blocked("build") from error
        if not isinstance(net, nn.Module):
            raise Blocked("build")
        return net.to(self.device)

    def manner(self) -> Manner:
        """How the network takes images, found out once.

        Raises:
            Blocked: it gives scores in no manner (`shapes` has seen that).
        """
        if "manner" not in self.memo:
            images = self.images.to(self.device)
            self.memo["manner"] = leniency.find_manner(self.net(), images, self.sizes_known())
        manner: Manner | None = self.memo["manner"]
        if manner is None:
            raise Blocked("shapes")
        return manner

    def setting(self, name: str) -> Any:
        """Return the submission's BATCH_SIZE or N_EPOCHS.

        It may be anything; None where there is none (`load` tells that).
        """
        try:
            return self.part("objective", name)
        except Unavailable:
            return None

    def sizes_known(self, most: int = MOST_IN_A_BATCH) -> tuple[int, ...]:
        """List batch sizes that the submission may expect.

        They go up to `most`; a network that knows only one size may know one of these.
        """
        size = self.setting("BATCH_SIZE")
        return (size,) if type(size) is int and 1 <= size <= most else ()

    def batch(self, n: int, start: int = 0) -> Tensor:
        """Return `n` images, beginning at `start`. A network that knows one size alone gets as many as it takes."""
        return leniency.cycled(self.images, self.manner().size or n, start)

    def switched(self, net: nn.Module, *, training: bool) -> nn.Module:
        """Switch `net` to train or eval mode.

        A `train` of its own that cannot do that (`shapes` tells) is passed over.
        """
        try:
            call(net.train if training else net.eval)
        except Exception:  # noqa: BLE001 - whatever it raises
            nn.Module.train(net, training)
        return net

    def working(self, net: nn.Module) -> nn.Module:
        """Return `net` in a mode that works. Train mode is preferred."""
        return self.switched(net, training=True in self.manner().modes)

    def awake_net(self, *, shaken: bool = False) -> nn.Module:
        """Build a network whose scores tell images apart.

        It is a fresh `Net()` in train mode.

        A readout or branch that begins at zero is right and common, and makes the scores of all images the same until
        the first step. Such a net is taken a few plain steps further first.

        Args:
            shaken: a net that still tells none apart gets random weights, for those who look at something else.

        Raises:
            Blocked: its scores remain the same for all images; `gradients` has seen why.
        """
        net = self.net()
        images = self.batch(32)
        for _ in range(WAKING_STEPS):
            if self._tells_apart(net, images):
                return self.working(net)
            self.step_aside(net, self.scores(self.working(net), images))
        awake = self._tells_apart(net, images)
        if shaken and not awake:
            self._shake(net)
            awake = self._tells_apart(net, images)
        if not awake:
            raise Blocked("gradients")
        return self.working(net)

    def _shake(self, net: nn.Module) -> None:
        """Give every parameter small random values."""
        generator = torch.Generator().manual_seed(self.seed)
        with torch.no_grad():
            for _, parameter in registered(net):
                noise = torch.randn(parameter.shape, generator=generator) * _usual_size(parameter)
                parameter.copy_(noise.to(parameter))

    def _tells_apart(self, net: nn.Module, images: Tensor) -> bool:
        """Whether two images get different scores.

        Either mode will do: dropout of everything leaves none in train mode.
        """
        with torch.no_grad():
            for mode in self.manner().modes:
                self.seeded()
                scores = self.scores(self.switched(net, training=mode), images)
                if not bool((scores == scores[:1]).all()):
                    return True
        return False

    def step_aside(self, net: nn.Module, scores: Tensor) -> None:
        """Move every parameter a little along one gradient.

        It is sent back from `scores`; the parameters it reaches move, whatever its size.

        Each row has a direction of its own: what all rows have in common may cancel, in a batch normalisation for one.
        """
        if not scores.requires_grad:
            return
        direction = torch.randn(scores.shape, generator=torch.Generator().manual_seed(self.seed)).to(scores)
        call((scores * direction).sum().backward)
        with torch.no_grad():
            for _, parameter in registered(net):
                if parameter.grad is not None and bool(parameter.grad.abs().sum() > 0):
                    size = parameter.grad.square().mean().sqrt()
                    parameter.sub_(0.1 * _usual_size(parameter) * parameter.grad / size)

    def scores(self, net: nn.Module, images: Tensor) -> Tensor:
        """Return the scores (N, K) of images.

        The images (N, 1, 28, 28) are copied for `net`.

        Raises:
            Blocked: it gives none; `shapes` has seen that, unless it only happens here.
        """
        shaped = self.manner().shaped(images.to(self.device, copy=True))
        scores = leniency.scores_of(net, shaped)
        if scores is None:
            raise Blocked("shapes")
        return scores

    def ten_scores(self, net: nn.Module, images: Tensor) -> Tensor:
        """Return ten scores for each image.

        A loss over ten classes needs them; a few more are cut off.

        Raises:
            Blocked: there are fewer, or so many that these are no scores of digits.
        """
        scores = self.scores(net, images)
        if not N_CLASSES <= scores.shape[1] <= MOST_SCORES:
            raise Blocked("shapes")
        return scores[:, :N_CLASSES]
