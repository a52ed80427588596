"""Messages of the two streams, and their bounds.

Host to worker (its stdin): HELLO once, then PHASE as often as wanted; the end of the stream says good-bye.
Worker to host (its stdout): READY once; for each phase any number of CHUNK (bytes a phase's child wrote, untouched)
and one ENDED. A phase's child writes frames of its own into those chunks: STARTED, OBSERVED or RAISED for each probe,
PROGRESS while training, POSITION now and then. The child runs a stranger's code, so its frames are a stranger's too;
READY and ENDED are the worker's, which runs none.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Annotated

from .bounds import Int, Name, Text, most
from .codec import MAX_FRAME_BYTES
from .limits import Limits
from .observations import MAX_NETWORK_BYTES, NETWORKS, Floats
from .probes import TRAIN
from .raised import Frame, Raised

HELLO, PHASE = 1, 2
READY, CHUNK, ENDED = 16, 17, 18
STARTED, OBSERVED, RAISED, PROGRESS, POSITION = 32, 33, 34, 35, 36

MAX_REQUEST_BYTES = 512 << 20
"""Bound on a request. The training set (60,000 images of one byte a pixel) and some room."""
MAX_OBSERVATION_BYTES = 4 << 20
"""One observation, weights not counted. A byte of it takes up to 40 when decoded: numbers become objects."""
MAX_NOTE_BYTES = 64 << 10
"""Bound on any other message of a child. It tells of a beginning, an exception, or how far the training is."""
MAX_PROGRESS_BYTES = 16 << 20
"""Bound on all notes of progress and position together. The latest is kept; some five come in a second."""
MAX_FRAMES = 256
"""Most frames of one phase, progress and position not counted. Two for each probe, and some room. Even an empty one
costs its receiver."""
MAX_FILES = 100_000
"""Files of a submission."""
MAX_KEY_BYTES = 64


def most_kept_bytes(asked: Collection[str], network_bytes: int) -> int:
    """Bound all that a phase may send.

    Its progress and positions are not counted.

    Args:
        asked: what the worker is asked for, by the names that it knows.
        network_bytes: bound on one packed network.
    """
    networks = len(NETWORKS) if TRAIN in asked else 0
    return networks * network_bytes + len(asked) * MAX_OBSERVATION_BYTES + MAX_FRAMES * MAX_NOTE_BYTES


@dataclass(frozen=True)
class Hello:
    """First words of the host."""

    version: Int
    threads: Int
    device: Name


@dataclass(frozen=True)
class Ready:
    """Tells that the worker waits for a phase. It has imported torch."""

    version: Int
    torch: Name


@dataclass(frozen=True)
class Phase:
    """One forked child: what to do, on what.

    It does not say what for: a phase that is graded and one that examines honesty look alike.
    """

    probes: Annotated[list[Name], most(MAX_FRAMES)]
    """Names of probes, as the table of probes has them."""
    files: Annotated[Mapping[Text, Annotated[bytes, most(MAX_REQUEST_BYTES)]], most(MAX_FILES)]
    seed: Int
    device: Name
    limits: Limits
    """Limits that the worker sets inside the child. The host keeps the clock."""
    cpu_seconds: Int
    """Processor time of all threads together."""
    arrays: Annotated[Mapping[Name, Floats], most(MAX_FRAMES)] = field(default_factory=dict)
    """Images and labels by name. uint8 images (N, 28, 28) and int64 labels (N,): `sample_images`, `train_images`,
    `queries`, …"""
    weights: Annotated[bytes, most(MAX_NETWORK_BYTES)] = b""
    """Packed network to score with, from an earlier phase."""
    epochs_factor: Int = 1
    epoch_samples: Int = 0
    """Most samples handed out in one epoch."""
    redraw_weights: bool = False
    card_share: float = 1.0
    """Share of the card's memory that torch may take. Others train beside it."""
    key: Annotated[bytes, most(MAX_KEY_BYTES)] = b""
    """Key for everything that a submission must not foresee."""


@dataclass(frozen=True)
class Ended:
    """How a phase's child ended. `exit_code` or `signal` is set, never both."""

    exit_code: Int | None
    signal: Int | None
    cpu_seconds: float
    peak_memory_bytes: Int


@dataclass(frozen=True)
class Started:
    """Tells that a probe begins. Whatever ends the child before its answer, ended this probe."""

    probe: Name


@dataclass(frozen=True)
class Observed:
    """The encoded observation of a probe. Its type is the one that `PROBES` states."""

    probe: Name
    payload: Annotated[bytes, most(MAX_FRAME_BYTES)]


@dataclass(frozen=True)
class ProbeRaised:
    """The submission's code raised while `probe` ran. `blocked_by` names the probe that had to work first."""

    probe: Name
    error: Raised | None = None
    blocked_by: Name | None = None
    network_bytes: Int = 0
    """Size of a packed network that is too large. Then nothing was raised; 0 otherwise."""


@dataclass(frozen=True)
class Progress:
    """How far the training has come."""

    epoch: Int
    batch: Int
    batches: Int
    n_epochs: Int
    seconds: float


@dataclass(frozen=True)
class Position:
    """The line of the submission that runs. It tells where code was that did not end."""

    line: Frame
