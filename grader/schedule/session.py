"""One worker in one sandbox, seen from outside.

It is sent a phase; what its child writes is collected, and the clock kept.

Three threads do nothing but move bytes, so that no pipe can block another: requests in, frames out, prints out. The
caller's thread waits for frames, looks at the clock and at the sandbox's consumption several times a second, and kills
the whole tree when a limit is reached. A killed session is over; the next phase starts a new one.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO, TypeVar

from grader.errors import GraderFault, ProtocolError
from grader.protocol import messages
from grader.protocol.codec import VERSION, BrokenMessage, FrameSplitter, decode, framed, read_frame
from grader.protocol.messages import Ended, Hello, Phase, Position, Progress, Ready
from grader.protocol.raised import Frame
from grader.sandbox.base import Sandbox
from grader.schedule.printed import Printed
from grader.telling import last_line

START_SECONDS = 180.0
"""Seconds for importing torch on a busy machine. Its disk cache may be cold, too."""
DIED = "died"
"""Stands for a sandbox that has ended by itself. It was at none of its limits."""
_LOOK_EVERY_SECONDS = 0.1
_QUEUED_FRAMES = 64
_FRESH_SECONDS, _FRESH_SHARE = 5.0, 0.25
"""Age up to which a position is where the code was in the end: so many seconds, or that share of the phase. An older
one is from before something that could not be looked at."""

Message = TypeVar("Message")


@dataclass
class PhaseRun:
    """The result of one phase. It has the child's frames in order, and how the child ended.

    `stopped` names the limit the phase was killed for ("timeout", "memory", …, "protocol" for bytes that are no frames,
    or `DIED`). `ended` is None exactly when it was killed or the sandbox died.
    """

    frames: list[tuple[int, bytearray]] = field(default_factory=list)
    ended: Ended | None = None
    stopped: str | None = None
    seconds: float = 0.0
    progress: Progress | None = None
    position: Position | None = None
    position_seconds: float = 0.0
    """Seconds from the beginning of the phase to the position."""

    def last_line(self) -> Frame | None:
        """Return where the probe was that ran last. None where that is not known, or was too long ago."""
        age = self.seconds - self.position_seconds
        fresh = age <= max(_FRESH_SECONDS, _FRESH_SHARE * self.seconds)
        return self.position.line if self.position is not None and fresh else None


def _read(stream: IO[bytes], n: int) -> bytes:
    """Read from a pipe, taking errors for the end.

    It is like `stream.read(n)`, but a pipe may break or be closed under us.
    """
    try:
        return stream.read(n) or b""
    except (OSError, ValueError):
        return b""


def _from_worker(payload: bytes, expected: type[Message]) -> Message:
    """Decode a message of the worker's own. It runs no code of the submission: what it garbles is our fault."""
    try:
        return decode(payload, expected)
    except BrokenMessage as error:
        raise ProtocolError(f"the worker sent no {expected.__name__}: {error}") from None


class Session:
    """A running worker.

    Args:
        sandbox: freshly launched.
        hello: what to tell the worker first.
        output_bytes: how much of the submission's prints to keep.
    """

    def __init__(self, sandbox: Sandbox, hello: Hello, output_bytes: int) -> None:
        self._sandbox = sandbox
        self._frames: queue.Queue[tuple[int, bytes] | None] = queue.Queue(_QUEUED_FRAMES)
        self._requests: queue.Queue[bytearray | None] = queue.Queue()
        self._printed = Printed(sandbox.stderr, output_bytes)
        self._alive = True
        self._look_at = 0.0
        self.ready: Ready | None = None
        threading.Thread(target=self._collect, daemon=True).start()
        threading.Thread(target=self._send, daemon=True).start()
        self._requests.put(framed(messages.HELLO, hello))

    def _collect(self) -> None:
        try:
            while received := read_frame(lambda n: _read(self._sandbox.stdout, n), messages.MAX_OBSERVATION_BYTES):
                self._put(received)
        except BrokenMessage:
            pass  # the None below ends the stream: nothing more can be understood
        self._put(None)

    def _put(self, item: tuple[int, bytes] | None) -> None:
        while self._alive:
            try:
                self._frames.put(item, timeout=1)
            except queue.Full:
                continue
            return

    def _send(self) -> None:
        while (data := self._requests.get()) is not None:
            try:
                self._sandbox.stdin.write(data)
                self._sandbox.stdin.flush()
            except (OSError, ValueError):
                return  # the worker is gone; the thread that waits for its answer notices
            data.clear()  # the next request may be long in coming

    @property
    def alive(self) -> bool:
        """Whether another phase can be run."""
        return self._alive and self._sandbox.poll() is None

    def take_printed(self) -> str:
        """Return the output printed since the last call. It is shortened; all of a phase that has ended is in it."""
        return self._printed.take()

    def wait_ready(self) -> Ready:
        """Wait until torch is imported.

        Raises:
            GraderFault: the worker does not come up; no submission has run yet.
        """
        if self.ready is None:
            received = self._next(time.monotonic() + START_SECONDS)
            if not isinstance(received, tuple) or received[0] != messages.READY:
                self.close()
                said = last_line(self._printed.text())
                raise GraderFault(f"the worker did not start ({received}); it last said: {said}")
            self.ready = _from_worker(received[1], Ready)
            if self.ready.version != VERSION:
                raise GraderFault(f"the worker speaks version {self.ready.version} of the protocol, not {VERSION}")
        return self.ready

    def _next(self, deadline: float) -> tuple[int, bytes] | str:
        """Return the next frame, or why there is none. The reason is a limit's name, or `DIED`."""
        while True:
            limit = self._outgrown() if self.ready is not None else None
            if limit is not None:
                return limit
            try:
                received = self._frames.get(timeout=_LOOK_EVERY_SECONDS)
                return (self._sandbox.exceeded() or DIED) if received is None else received
            except queue.Empty:
                if time.monotonic() > deadline:
                    return "timeout"

    def _outgrown(self) -> str | None:
        """Return the limit that the sandbox has exceeded.

        The clock decides when to look, so whoever writes without a pause is watched too.
        """
        if time.monotonic() < self._look_at:
            return None
        limit = self._sandbox.exceeded()
        self._look_at = time.monotonic() + _LOOK_EVERY_SECONDS
        return limit

    def run(self, phase: Phase, wall_seconds: float, on_progress: Callable[[Progress], None]) -> PhaseRun:
        """Run `phase` to its end or its limit.

        Args:
            phase: what to run.
            wall_seconds: when to kill everything.
            on_progress: called while the phase trains.

        Raises:
            GraderFault: the worker never came up, or garbled its own messages.
        """
        self._requests.put(framed(messages.PHASE, phase))
        self.wait_ready()
        run = PhaseRun()
        begin = time.monotonic()
        splitter = FrameSplitter(messages.most_kept_bytes(phase.probes, phase.limits.network_bytes))
        received: tuple[int, bytes] | str
        while True:
            received = self._next(begin + wall_seconds)
            if isinstance(received, str):
                break
            if received[0] == messages.ENDED:
                run.ended = _from_worker(received[1], Ended)
                break
            run.seconds = time.monotonic() - begin
            if not self._accept(received[1], splitter, run, on_progress):
                received = "protocol"
                break
            if time.monotonic() - begin > wall_seconds:
                received = "timeout"
                break
        if isinstance(received, str):
            run.stopped = received
            self.close()
        run.seconds = time.monotonic() - begin
        return run

    @staticmethod
    def _accept(piece: bytes, splitter: FrameSplitter, run: PhaseRun, on_progress: Callable[[Progress], None]) -> bool:
        """Take in what the child wrote. False when it cannot be understood; the child runs a stranger's code."""
        try:
            for kind, payload in splitter.feed(piece):
                if kind == messages.PROGRESS:
                    run.progress = decode(payload[: messages.MAX_NOTE_BYTES], Progress)
                    on_progress(run.progress)
                elif kind == messages.POSITION:
                    run.position = decode(payload[: messages.MAX_NOTE_BYTES], Position)
                    run.position_seconds = run.seconds
                elif len(run.frames) < messages.MAX_FRAMES:
                    run.frames.append((kind, payload))
                    run.position = None  # that was another probe's
                    splitter.max_bytes -= len(payload)  # the bound is on all that is kept
                    if splitter.max_bytes < 0:
                        return False
                else:
                    return False
        except BrokenMessage:
            return False
        return True

    def close(self) -> None:
        """Kill the sandbox with all that lives in it. Safe to repeat."""
        self._alive = False
        self._requests.put(None)
        self._sandbox.kill()
