"""The functions to fuzz, one per target.

Each takes bytes, and raises where something is wrong. The code to be fuzzed is imported here, and the runner imports
this module after it has asked for instrumentation: so the fuzzer sees which branches an input reaches.
"""

from __future__ import annotations

import contextlib
import io
import tempfile
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from grader.intake import IntakeLimits, discover
from grader.protocol import messages
from grader.protocol.bounds import MAX_VALUES, count_values
from grader.protocol.codec import BrokenMessage, FrameSplitter, decode, field_bytes, frame, read_frame, take_out
from grader.protocol.observations import NETWORKS
from grader.protocol.opening import open_observation
from grader.protocol.probes import PROBES

OBSERVATIONS: list[type] = sorted({probe.observation for probe in PROBES.values()}, key=lambda cls: cls.__name__)
EXPECTED: list[type] = [
    messages.Observed,
    messages.ProbeRaised,
    messages.Progress,
    messages.Position,
    messages.Started,
    messages.Ended,
    messages.Ready,
    *OBSERVATIONS,
]
WORST_BYTES_PER_BYTE = 40
"""Bytes of memory that one byte of a message may cost. See `messages.MAX_OBSERVATION_BYTES`."""
ROOM_BYTES = 1 << 20
MAX_FRAME = 4096
ENDINGS = (".zip", ".tgz", ".tar", ".ipynb")
LIMITS = replace(
    IntakeLimits(), files=20, total_bytes=20_000, file_bytes=10_000, listed=200, unpacked_bytes=1 << 20, statements=50
)


def decoder(data: bytes) -> None:
    """A message decodes within its bounds, or is called broken. It costs no more memory than is promised."""
    if not data:
        return
    expected, payload = EXPECTED[data[0] % len(EXPECTED)], data[1:]
    before, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    with contextlib.suppress(BrokenMessage):
        assert type(decode(payload, expected)) is expected
    if expected in OBSERVATIONS:
        with contextlib.suppress(BrokenMessage):
            assert count_values(open_observation(payload, expected)) <= MAX_VALUES
    with contextlib.suppress(BrokenMessage):
        assert sum(field_bytes(payload).values()) <= len(payload)
    with contextlib.suppress(BrokenMessage):
        take_out(payload, NETWORKS)
    peak = tracemalloc.get_traced_memory()[1] - before
    assert peak <= WORST_BYTES_PER_BYTE * len(payload) + ROOM_BYTES, f"{peak} bytes for {len(payload)}"


def frames(data: bytes) -> None:
    """A stream gives the same frames however it is cut. That holds up to where it is refused."""
    whole: list[tuple[int, bytes]] = []
    refused = False
    stream = io.BytesIO(data)
    try:
        while (received := read_frame(stream.read, MAX_FRAME)) is not None:
            whole.append(received)
    except BrokenMessage:
        refused = True
    splitter, pieces, size = FrameSplitter(MAX_FRAME), [], 1 + len(data) % 7
    try:
        for begin in range(0, len(data), size):
            pieces += splitter.feed(data[begin : begin + size])
    except BrokenMessage:
        assert refused
        assert pieces == whole[: len(pieces)]
    else:
        assert pieces == whole
        assert refused == (sum(len(frame(*piece)) for piece in pieces) < len(data))


def intake(data: bytes) -> None:
    """A file of any ending is one submission. It has files within the bounds, or a problem."""
    if not data:
        return
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "hw" + ENDINGS[data[0] % len(ENDINGS)]).write_bytes(data[1:])
        (found,) = discover([Path(folder)], LIMITS)
    assert bool(found.files) == (found.problem is None)
    assert sum(map(len, found.files.values())) <= LIMITS.total_bytes
    for path in found.files:
        assert not {"", ".", ".."} & set(path.split("/"))
        assert path.isprintable()


TARGETS: dict[str, Callable[[bytes], None]] = {"decoder": decoder, "frames": frames, "intake": intake}
