"""The real run: training and scoring. They are separate processes that share nothing but the trained network."""

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
from ...protocol.probes import SCORE, TRAIN
from ..bench import Bench
from ..calling import call
from ..loader import BatchLoader, DigitSet, Listener, listening
from ..originals import to_numpy
from ..pinned import digits_for
from .objective import make_criterion
from .returned import numbers_in
from .shuffling import redraw, scramble
from .witness import Watcher

_QUERY_BATCH = 500
_AFTER_BUILDING = 1
"""Seed that separates training from building. The random numbers of training are not those that the network was built
with."""
_REPORT_EVERY_SECONDS = 0.2
_WHOLE, _STATE = b"w", b"s"
"""First byte of a packed network. It is the whole object, or its state alone."""


class TooLarge(Exception):
    """A packed network is too large to send."""

    def __init__(self, size_bytes: int) -> None:
        super().__init__(size_bytes)
        self.size_bytes = size_bytes


def _tensor(bench: Bench, name: str) -> Tensor:
    """Copy the phase's array `name` into a tensor."""
    return torch.from_numpy(bench.arrays[name].copy())


class _Clock:
    """Counts samples read and reports progress. It does so a few times a second."""

    def __init__(self, bench: Bench, samples: int, batch_size: int, n_epochs: int) -> None:
        self._bench, self._samples, self._batch_size, self._n_epochs = bench, samples, batch_size, n_epochs
        self._read = 0
        self._begin = self._last = time.monotonic()
        self._process = os.getpid()

    def note_pass(self) -> None:
        """Nothing: samples are counted."""

    def note_handed(self, indices: Sequence[int] | Tensor) -> None:
        """Count samples being read; report if due."""
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


@dataclass(frozen=True)
class _Start:
    """An untrained network, with its initial state packed."""

    net: nn.Module
    initial: bytes


def _fresh(bench: Bench) -> _Start:
    net = bench.net()
    bench.ten_scores(bench.switched(net, training=False), bench.batch(2))  # gives lazy layers their shapes
    initial = _pack(net, bench.network_bytes)
    net.to(bench.device)
    bench.seeded(_AFTER_BUILDING)
    net.train()
    if bench.redraw_weights:
        redraw(net, bench.secret("weights"))
    return _Start(net, initial)


def _trained_on(bench: Bench, digits: DigitSet) -> Training:
    """Train a fresh `Net` on `digits`. The parts are the submission's own."""
    batch_size = bench.part("objective", "BATCH_SIZE")
    n_epochs = bench.part("objective", "N_EPOCHS") * bench.epochs_factor
    train = bench.part("training", "train")
    start = _fresh(bench)
    net = start.net
    criterion, optimizer = make_criterion(bench), call(bench.part("objective", "make_optimizer"), net)
    clock = _Clock(bench, len(digits), batch_size, n_epochs)
    chance = int.from_bytes(bench.secret("passes")[:7], "big")
    watcher = Watcher(net, batch_size, n_epochs * -(-len(digits) // batch_size), chance)
    loader = BatchLoader(digits, batch_size, seed=bench.seed)
    begin = time.monotonic()
    with listening(_Both(clock, watcher)):
        returned = call(train, net, loader, criterion, optimizer, n_epochs, bench.device)
    seconds = time.monotonic() - begin
    values, _ = numbers_in(returned)
    watcher.leave()
    weights = _pack(net, bench.network_bytes)
    scramble(net, bench.secret("parameters"))
    scrambled = _pack(net, bench.network_bytes)
    kind = type(returned).__name__[:80]
    return Training(weights, start.initial, scrambled, values, kind, n_epochs, seconds, watcher.seen)


def train(bench: Bench) -> Training:
    """Train a fresh `Net` on the training set.

    The phase says how much of it an epoch takes.

    A `train` that cannot do with epochs shorter than `len(train_loader)` promises gets a set that is as short.
    """
    images, labels = _tensor(bench, "train_images"), _tensor(bench, "train_labels").long()
    try:
        return _trained_on(bench, digits_for(bench.device, images, labels, epoch_samples=bench.epoch_samples))
    except TooLarge:
        raise
    except Exception:
        if bench.epoch_samples >= len(labels):
            raise
    batch_size = bench.part("objective", "BATCH_SIZE")
    few = batch_size * -(-bench.epoch_samples // batch_size)
    return _trained_on(bench, digits_for(bench.device, images[:few], labels[:few]))


def _saved(what: Any, most_bytes: int) -> bytes:
    """`what` as torch saves it.

    Raises:
        TooLarge: that is more than `most_bytes`.
    """
    saved = io.BytesIO()
    torch.save(what, saved)
    if saved.tell() > most_bytes:
        raise TooLarge(saved.tell())
    return saved.getvalue()


def _pack(net: nn.Module, most_bytes: int) -> bytes:
    """Pack the network, whole or as state.

    The state is taken where the network cannot be pickled. It is on the CPU afterwards.

    Only a later phase of the same submission opens it, in the sandbox: outside it is bytes. What `train` has left on
    the network besides its state (statistics of the images, averaged weights, pruned or merged layers) comes along.

    Raises:
        TooLarge: it takes more than `most_bytes`.
    """
    net.cpu()
    try:
        whole = _saved(net, most_bytes - 1)
        torch.load(io.BytesIO(whole), weights_only=False)
    except TooLarge:
        raise
    except Exception:  # noqa: BLE001 - lambdas, generators, scripted modules: no two kinds fail alike
        return _STATE + _saved(net.state_dict(), most_bytes - 1)
    return _WHOLE + whole


def _unpacked(bench: Bench) -> nn.Module:
    """The network of the phase."""
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


def score(bench: Bench) -> Predictions:
    """Score the query images with the phase's network.

    They are uint8 (N, 28, 28), scored in eval mode, batch by batch.
    """
    net = _unpacked(bench)
    images = _tensor(bench, "queries")
    net.eval()
    with torch.no_grad():
        batches = [part.unsqueeze(1).float().div_(255) for part in images.split(_QUERY_BATCH)]
        return Predictions(to_numpy(torch.cat([bench.ten_scores(net, batch) for batch in batches])))


RUN: dict[str, Callable[[Bench], Any]] = {TRAIN: train, SCORE: score}
