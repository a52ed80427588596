"""Runs the probes of one phase in a child. It unpacks the submission, and sends what each probe saw."""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from pathlib import Path

import torch

from ..protocol import messages
from ..protocol.codec import encode, frame
from ..protocol.messages import Observed, Phase, Position, ProbeRaised, Progress, Started
from ..protocol.raised import Frame
from .bench import Bench, Blocked
from .calling import serve
from .partly import is_consequence
from .position import positions_told
from .probes import RUN, accuracy
from .submission import describe, unpack
from .trimming import trimmed

_RUN = RUN | accuracy.RUN


class _Channel:
    """Writes frames to the pipe that the worker relays. Several threads may, one after the other."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._renew_lock()
        os.register_at_fork(after_in_child=self._renew_lock)  # whoever held it is not there any more

    def _renew_lock(self) -> None:
        self._lock = threading.RLock()

    def send(self, kind: int, message: object) -> None:
        """Write one message, whole, cut to its bounds."""
        data = memoryview(frame(kind, encode(trimmed(message))))
        with self._lock:
            while data:
                data = data[os.write(self._descriptor, data) :]


def _bench(phase: Phase, channel: _Channel) -> Bench:
    """Prepare a bench with the phase's submission. It is unpacked into a folder of its own."""
    scratch = Path(tempfile.mkdtemp(prefix="submission-"))
    images = torch.from_numpy(phase.arrays["sample_images"].copy())

    def report(epoch: int, batch: int, batches: int, n_epochs: int, seconds: float) -> None:
        channel.send(messages.PROGRESS, Progress(epoch, batch, batches, n_epochs, seconds))

    return Bench(
        package=unpack(phase.files, scratch),
        images=images.unsqueeze(1).float().div_(255),
        labels=torch.from_numpy(phase.arrays["sample_labels"].copy()).long(),
        seed=phase.seed,
        device=torch.device(phase.device),
        arrays=phase.arrays,
        weights=phase.weights,
        epochs_factor=phase.epochs_factor,
        epoch_samples=phase.epoch_samples,
        redraw_weights=phase.redraw_weights,
        network_bytes=phase.limits.network_bytes,
        key=phase.key,
        report=report,
    )


def _run_probe(name: str, bench: Bench, channel: _Channel) -> None:
    """Run one probe and send its observation. Where it saw nothing, it sends why."""
    channel.send(messages.STARTED, Started(name))
    try:
        observation = _RUN[name](bench)
    except Blocked as signal:
        channel.send(messages.RAISED, ProbeRaised(name, blocked_by=signal.by))
    except accuracy.TooLarge as large:
        channel.send(messages.RAISED, ProbeRaised(name, network_bytes=large.size_bytes))
    except BaseException as error:  # noqa: BLE001 - a submission may raise anything, SystemExit included
        if is_consequence(error):
            channel.send(messages.RAISED, ProbeRaised(name, blocked_by="load"))
        else:
            channel.send(messages.RAISED, ProbeRaised(name, error=describe(error, bench.package)))
    else:
        channel.send(messages.OBSERVED, Observed(name, encode(trimmed(observation))))


def _share_the_card(phase: Phase) -> None:
    """Limit torch to its share of the card's memory. This is a courtesy that a submission can undo, and no wall."""
    if torch.device(phase.device).type == "cuda" and phase.card_share < 1:
        torch.cuda.set_per_process_memory_fraction(phase.card_share)


def run_phase(phase: Phase, descriptor: int, threads: int) -> None:
    """Run every probe of `phase` in order. The observations go to `descriptor`."""
    torch.set_num_threads(threads)
    _share_the_card(phase)
    channel = _Channel(descriptor)
    bench = _bench(phase, channel)

    def examine() -> None:
        for name in phase.probes:
            _run_probe(name, bench, channel)

    def tell(line: Frame) -> None:
        channel.send(messages.POSITION, Position(line))

    with positions_told(bench.package, tell):
        serve(examine)
    sys.stdout.flush()
    sys.stderr.flush()
