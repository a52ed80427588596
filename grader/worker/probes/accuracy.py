"""The real run: train, and score images, in separate processes that share nothing but the trained network."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ...protocol.observations import Predictions, Training
from ..bench import Bench
from ..calling import call
from ..loader import BatchLoader, DigitSet, Listener, listening
from ..originals import to_numpy
from .objective import make_criterion
from .returned import numbers_in
from .witness import Watcher

_QUERY_BATCH = 500
_FEW_SHOT_SAMPLES = 320
_REPORT_EVERY_SECONDS = 0.2
_WHOLE, _STATE = b"w", b"s"
"""The first byte of a packed network: the whole object, or its state alone."""


def _tensor(bench: Bench, name: str) -> Tensor:
    """The array `name` of the phase as a tensor of its own memory."""
    return torch.from_numpy(bench.arrays[name].copy())


def _score(bench: Bench, net: nn.Module, name: str = "queries") -> Predictions:
    """Score the images `name`, uint8 (N, 28, 28), in eval mode, batch by batch."""
    images = _tensor(bench, name)
    net.eval()
    with torch.no_grad():
        batches = [part.unsqueeze(1).float().div_(255) for part in images.split(_QUERY_BATCH)]
        return Predictions(to_numpy(torch.cat([bench.ten_scores(net, batch) for batch in batches])))


def _redraw(net: nn.Module, seed: int) -> None:
    """Shuffle the values within each trainable tensor.

    Independent random initial values stay what they are: independent, of the same distribution. Values that
    carry knowledge lose it.
    """
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in net.parameters():
            order = torch.randperm(parameter.numel(), generator=generator).to(parameter.device)
            parameter.copy_(parameter.flatten()[order].view_as(parameter))


class _Clock:
    """Counts samples read and tells how far the training is, a few times a second."""

    def __init__(self, bench: Bench, samples: int, batch_size: int, n_epochs: int) -> None:
        self._bench, self._samples, self._batch_size, self._n_epochs = bench, samples, batch_size, n_epochs
        self._read = 0
        self._begin = self._last = time.monotonic()
        self._process = os.getpid()

    def note_pass(self) -> None:
        """Nothing: samples are counted."""

    def note_handed(self, indices: Sequence[int] | Tensor) -> None:
        """Count the samples at `indices`, which are being read, and report if it is time."""
        self._read += len(indices)
        now = time.monotonic()
        # a loader's own worker processes have no part in the conversation with the host
        if now - self._last >= _REPORT_EVERY_SECONDS and os.getpid() == self._process:
            self._last = now
            epoch, rest = divmod(self._read - 1, self._samples)
            batches = -(-self._samples // self._batch_size)
            done = rest // self._batch_size + 1
            self._bench.report(epoch + 1, done, batches, self._n_epochs, now - self._begin)


@dataclass(frozen=True)
class _Both:
    """Two listeners."""

    first: Listener
    second: Listener

    def note_pass(self) -> None:
        """Tell both."""
        self.first.note_pass()
        self.second.note_pass()

    def note_handed(self, indices: Sequence[int] | Tensor) -> None:
        """Tell both."""
        self.first.note_handed(indices)
        self.second.note_handed(indices)


def _fresh(bench: Bench) -> nn.Module:
    """A network that is about to be trained."""
    net = bench.net()
    bench.ten_scores(bench.switched(net, training=False), bench.batch(2))  # gives lazy layers their shapes
    net.train()
    if bench.redraw_weights:
        _redraw(net, bench.seed)
    return net


def training(bench: Bench) -> Training:
    """Train a fresh `Net` on the whole training set with the submission's own parts."""
    batch_size = bench.part("objective", "BATCH_SIZE")
    n_epochs = bench.part("objective", "N_EPOCHS") * bench.epochs_factor
    train = bench.part("training", "train")
    net = _fresh(bench)
    criterion, optimizer = make_criterion(bench), call(bench.part("objective", "make_optimizer"), net)
    images, labels = _tensor(bench, "train_images"), _tensor(bench, "train_labels").long()
    clock = _Clock(bench, len(labels), batch_size, n_epochs)
    watcher = Watcher(net, batch_size, n_epochs * -(-len(labels) // batch_size), bench.seed)
    loader = BatchLoader(DigitSet(images, labels), batch_size, seed=bench.seed)
    begin = time.monotonic()
    with listening(_Both(clock, watcher)):
        returned = call(train, net, loader, criterion, optimizer, n_epochs, bench.device)
    seconds = time.monotonic() - begin
    values, _ = numbers_in(returned)
    watcher.leave()
    return Training(_pack(net), values, type(returned).__name__[:80], n_epochs, seconds, watcher.seen)


def _repeated(images: Tensor, labels: Tensor, batch_size: int, seed: int) -> DigitSet:
    """A few samples again and again, with a little noise, in whole batches: nothing is unusual but how few they are."""
    length = batch_size * -(-_FEW_SHOT_SAMPLES // batch_size)
    chosen = torch.arange(length) % len(labels)
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randint(-1, 2, (length, *images.shape[1:]), generator=generator)
    return DigitSet((images[chosen] + noise).clamp_(0, 255).byte(), labels[chosen])


def few_shot(bench: Bench) -> Predictions:
    """Score the query images with a `Net` trained on a handful of images."""
    batch_size, n_epochs = bench.part("objective", "BATCH_SIZE"), bench.part("objective", "N_EPOCHS")
    train = bench.part("training", "train")
    net = _fresh(bench)
    criterion, optimizer = make_criterion(bench), call(bench.part("objective", "make_optimizer"), net)
    images, labels = _tensor(bench, "train_images"), _tensor(bench, "train_labels").long()
    loader = BatchLoader(_repeated(images, labels, batch_size, bench.seed), batch_size, seed=bench.seed)
    call(train, net, loader, criterion, optimizer, n_epochs, bench.device)
    return _score(bench, net)


def _pack(net: nn.Module) -> bytes:
    """The trained network as it is, or its state where it cannot be taken apart.

    Only a later phase of the same submission opens it, in the sandbox: outside it is bytes. What `train` has left on
    the network besides its state (statistics of the images, averaged weights, pruned or merged layers) comes along.
    """
    net.cpu()
    try:
        whole = io.BytesIO()
        torch.save(net, whole)
        torch.load(io.BytesIO(whole.getvalue()), weights_only=False)
    except Exception:  # noqa: BLE001 - lambdas, generators, scripted modules: no two kinds fail alike
        state = io.BytesIO()
        torch.save(net.state_dict(), state)
        return _STATE + state.getvalue()
    return _WHOLE + whole.getvalue()


def _trained(bench: Bench) -> nn.Module:
    """The trained network."""
    bench.part("net", "Net")
    packed = io.BytesIO(bench.weights[1:])
    if bench.weights[:1] == _WHOLE:
        whole: nn.Module = torch.load(packed, weights_only=False)
        return whole.to(bench.device)
    net = bench.net()
    with torch.no_grad():
        bench.scores(net.eval(), torch.zeros_like(bench.batch(2)))
    net.load_state_dict(torch.load(packed, weights_only=True))
    return net


def predictions(bench: Bench) -> Predictions:
    """Score the query images with the trained network."""
    return _score(bench, _trained(bench))


def shifted(bench: Bench) -> Predictions:
    """The same for images moved by a pixel."""
    return _score(bench, _trained(bench), "shifted")


def untrained(bench: Bench) -> Predictions:
    """Score the query images with `Net` as it is built."""
    return _score(bench, bench.net())


RUN: dict[str, Callable[[Bench], Any]] = {
    "untrained": untrained,
    "few_shot": few_shot,
    "training": training,
    "predictions": predictions,
    "shifted": shifted,
}
