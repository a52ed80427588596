"""The first process in the sandbox.

It imports torch once, then forks one child per phase.

Theory of operation
-------------------
Importing torch takes seconds, so it is done once, or was done by the process that this one was forked from; a fork
takes milliseconds and gives every phase a process in which no other phase has patched, cached or left anything. The
parent never computes with tensors: the threads of a parallel operation do not survive a fork, and a child that waits
for them waits for ever.

The parent runs no code of the submission. It relays what a child writes, unread, and adds how the child ended; the
clock is the host's. Its own pipe ends are closed in the child, which writes to a pipe of its own.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import select
import signal
import sys
from typing import NoReturn

from grader.protocol import messages
from grader.protocol.codec import VERSION, decode, encode, frame, read_frame
from grader.protocol.confinement import Confinement
from grader.protocol.limits import Limits
from grader.protocol.messages import Ended, Hello, Phase, Ready
from grader.protocol.probes import TRAIN
from grader.worker.confine import confine_child, harden_worker, sweep_of

_PIECE = 1 << 16
_LOOK_EVERY_SECONDS = 0.05
_TRIAL_CPU_SECONDS = 120
_COMPILER = "torch._dynamo"
_OPTIMIZING = frozenset({"optimizer", "descent", "runs", "loop", "device", TRAIN})
"""Probes in which an optimizer is made."""


def _take_pipes() -> tuple[int, int]:
    """Reserve stdin and stdout for the protocol. Harmless ones take their places."""
    requests, replies = os.dup(0), os.dup(1)
    os.set_inheritable(requests, False)
    os.set_inheritable(replies, False)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    return requests, replies


def _write(descriptor: int, data: bytes) -> None:
    """Write all of `data`."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _warm_up() -> None:
    """Import what every phase needs, before the first fork."""
    import torch

    from grader.worker import phases  # noqa: F401 - loads the probes before the first fork

    torch.set_num_threads(1)
    gc.collect()
    gc.freeze()  # no phase has to walk, and thereby copy, what is shared by all


def _import_compiler() -> None:
    """Import torch's compiler before any phase does.

    Every optimizer imports it when it is made, in more than a second that each phase would pay for itself.
    """
    gc.disable()
    importlib.import_module(_COMPILER)
    gc.enable()


def _child(phase: Phase, descriptor: int, threads: int, *, confinement: Confinement) -> NoReturn:
    """Run a phase in the forked process, shut in."""
    from grader.worker.phases import run_phase

    status = 1
    try:
        confine_child(confinement, phase.limits, cpu_seconds=phase.cpu_seconds)
        run_phase(phase, descriptor, threads)
        status = 0
    finally:
        os._exit(status)


def _compute_on(device: str, confinement: Confinement) -> NoReturn:
    """Add two numbers on the device, shut in.

    This runs in the forked process; the exit status is 0 where it can be done.
    """
    import torch

    status = 1
    try:
        confine_child(confinement, Limits(), cpu_seconds=_TRIAL_CPU_SECONDS)
        torch.ones(1, device=device).add_(1).item()
        status = 0
    except (OSError, RuntimeError, AssertionError) as error:
        print(f"{device}: {error}", file=sys.stderr, flush=True)
    finally:
        os._exit(status)


def _relay(source: int, child: int, replies: int, most_bytes: int) -> tuple[int, float, int]:
    """Pass on the child's output until it ends.

    Returns wait status, CPU seconds and peak memory in bytes.

    A child that writes more than `most_bytes` is killed.
    """
    sent = 0
    open_ended = True
    while True:
        if open_ended and select.select([source], [], [], _LOOK_EVERY_SECONDS)[0]:
            piece = os.read(source, _PIECE)
            sent += len(piece)
            open_ended = bool(piece)
            if piece and sent <= most_bytes:
                _write(replies, frame(messages.CHUNK, piece))
            elif piece:
                os.kill(child, signal.SIGKILL)
            continue
        pid, status, usage = os.wait4(child, 0 if not open_ended else os.WNOHANG)
        if pid:
            return status, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def _drain(source: int, replies: int) -> None:
    """Pass on the output left in the pipe. The child has ended, and every other writer is dead by now."""
    while piece := os.read(source, _PIECE):
        _write(replies, frame(messages.CHUNK, piece))


class _Worker:
    """Runs phases one after the other.

    Each runs in a child of its own.

    Args:
        requests: the descriptor that the host writes to.
        replies: the descriptor that the host reads from.
    """

    def __init__(self, requests: int, replies: int) -> None:
        self._requests, self._replies = requests, replies
        self._confinement = Confinement.from_environment(os.environ)
        self._sweep = sweep_of(self._confinement)
        harden_worker()

    def _next(self) -> bytes | None:
        """Read the host's next message. None when it has closed the pipe."""
        received = read_frame(lambda n: os.read(self._requests, n), messages.MAX_REQUEST_BYTES)
        return None if received is None else received[1]

    def serve(self) -> None:
        """Answer the host until it closes the pipe."""
        first = self._next()
        if first is None:
            return
        hello = decode(first, Hello)
        _warm_up()
        if hello.device != "cpu":
            self._try_device(hello.device)
        import torch

        _write(self._replies, frame(messages.READY, encode(Ready(VERSION, str(torch.__version__)))))
        if hello.version != VERSION:
            return
        while (request := self._next()) is not None:
            self._run(decode(request, Phase), hello.threads)

    def _try_device(self, device: str) -> None:
        """Try the device once before any submission.

        It is shut in as a phase is, so that no code of the submission can be blamed.

        Raises:
            SystemExit: it cannot be used in this sandbox, which is no fault of the submission.
        """
        child = os.fork()
        if child == 0:
            _compute_on(device, self._confinement)
        status = os.waitpid(child, 0)[1]
        self._sweep.run()
        if status != 0:
            sys.exit(f"{device} cannot be used in this sandbox: choose another --sandbox, or --device cpu")

    def _run(self, phase: Phase, threads: int) -> None:
        """Run one phase in a child and report its end."""
        if _COMPILER not in sys.modules and not _OPTIMIZING.isdisjoint(phase.probes):
            _import_compiler()
        source, sink = os.pipe()
        child = os.fork()
        if child == 0:
            for descriptor in (self._requests, self._replies, source):
                os.close(descriptor)
            # probes work on a few images, where threads wait for each other more than they compute
            _child(phase, sink, threads if TRAIN in phase.probes else 1, confinement=self._confinement)
        os.close(sink)
        most = messages.most_kept_bytes(phase.probes, phase.limits.network_bytes) + messages.MAX_PROGRESS_BYTES
        status, cpu_seconds, peak = _relay(source, child, self._replies, most)
        self._sweep.run()
        _drain(source, self._replies)
        os.close(source)
        exit_code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else None
        killed_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
        _write(self._replies, frame(messages.ENDED, encode(Ended(exit_code, killed_by, cpu_seconds, peak))))


def main() -> None:
    """Serve phases until the host closes the pipe."""
    _Worker(*_take_pipes()).serve()


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):  # the host is gone: nobody is left to tell
        main()
    sys.exit(0)
