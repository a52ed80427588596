"""The fork server, seen from outside. It is started once for this process, and asked for sandboxes from any thread.

What it is and does stands in `forking`.
"""

from __future__ import annotations

import atexit
import contextlib
import errno
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from typing import IO, NoReturn

from grader.errors import GraderFault
from grader.sandbox.forking import ANSWER, END, FORK, IMPORT, MOST_BYTES
from grader.sandbox.interpreter import executable
from grader.sandbox.staging import staged
from grader.sandbox.variables import WORKER_ENVIRONMENT, base_environment
from grader.telling import last_line

START_SECONDS = 180.0
"""Seconds for importing torch on a busy machine. Its disk cache may be cold, too."""
_END_SECONDS = 5.0
_KILLED = -signal.SIGKILL
_OF_A_MONITOR = 2
"""Descriptors that come with a new monitor."""


def supported() -> bool:
    """Whether this system hands over processes by descriptors. That needs Linux 5.3, with which Python was built."""
    return sys.platform == "linux" and hasattr(os, "pidfd_open") and hasattr(signal, "pidfd_send_signal")


class Forked:
    """A process that the fork server has forked.

    It is used as `subprocess.Popen` is for those that it has started itself.

    Args:
        pid: its number.
        handle: a descriptor on it, which no other process can come to stand for.
        ended: a descriptor from which its exit status can be read when it has ended by itself.
        pipes: to its standard input, from its standard output, from its standard error.
    """

    def __init__(self, pid: int, handle: int, ended: int, pipes: tuple[IO[bytes], IO[bytes], IO[bytes]]) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self.stdin: IO[bytes] | None = pipes[0]
        self.stdout: IO[bytes] | None = pipes[1]
        self.stderr: IO[bytes] | None = pipes[2]
        self._handle, self._ended = handle, ended
        self._lock = threading.Lock()

    def poll(self) -> int | None:
        """Return the exit status, None while it runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.wait(0)
        return None

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end, and return the exit status. It is -9 where the process was killed.

        Raises:
            subprocess.TimeoutExpired: it runs on after `timeout` seconds.
        """
        if self.returncode is None:
            watched = select.poll()
            watched.register(self._handle, select.POLLIN)
            if not watched.poll(None if timeout is None else timeout * 1000):
                raise subprocess.TimeoutExpired("a forked process", timeout or 0.0)
            self._take_status()
        assert self.returncode is not None
        return self.returncode

    def _take_status(self) -> None:
        """Read the exit status once. The process is let go of then."""
        with self._lock:
            if self.returncode is None:
                told = os.read(self._ended, 16)
                os.close(self._ended)
                self.returncode = int(told) if told else _KILLED

    def _signal(self, number: int) -> None:
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once."""
        self._signal(signal.SIGKILL)

    def __del__(self) -> None:
        """Close what is still open of it."""
        for descriptor in (self._handle, *((self._ended,) if self.returncode is None else ())):
            with contextlib.suppress(OSError):
                os.close(descriptor)


def _pipes() -> tuple[tuple[int, int, int], tuple[IO[bytes], IO[bytes], IO[bytes]]]:
    """Make the pipes of a program. Return its ends, and ours.

    Raises:
        OSError: there are no descriptors left; then none of them is open.
    """
    ends: list[int] = []
    try:
        for _ in range(3):
            ends += os.pipe()
    except OSError:
        for end in ends:
            os.close(end)
        raise
    stdin, to_it, from_it, stdout, complaints, stderr = ends
    ours = os.fdopen(to_it, "wb", 0), os.fdopen(from_it, "rb", 0), os.fdopen(complaints, "rb", 0)
    return (stdin, stdout, stderr), ours


class ForkServer:
    """A running fork server. It ends with this process, whose end closes its socket.

    Args:
        word: put among its arguments, which everything forked from it shares.
    """

    def __init__(self, word: str = "") -> None:
        folder = str(staged())
        self._link, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._lock = threading.Lock()
        self._asked: set[str] = set()
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the server
        with theirs:
            self._process: subprocess.Popen[bytes] = subprocess.Popen(
                [executable(), "-s", "-P", "-B", "-m", "grader.sandbox.forking", *([word] if word else [])],
                env=base_environment("/nonexistent") | WORKER_ENVIRONMENT | {"PYTHONPATH": folder},
                cwd="/",
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=self._said,
                start_new_session=True,
            )
        self._link.settimeout(START_SECONDS)

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """The server's process id. It is that of every monitor's parent."""
        return self._process.pid

    def prepare(self, *modules: str) -> None:
        """Import modules before the next fork. Returns at once."""
        with self._lock:
            if new := [name for name in modules if name not in self._asked]:
                self._asked.update(new)
                with contextlib.suppress(OSError):  # it is gone, which the next fork will tell
                    self._link.send(" ".join([IMPORT, *new]).encode())

    def wait(self) -> None:
        """Wait until all is imported. What is made for a sandbox before that would be left if the grader were killed.

        Raises:
            GraderFault: it has ended.
        """
        self._ask(ANSWER)

    def fork(self, order: IO[bytes], status: int) -> Forked:
        """Fork a monitor for the order in a file. The monitor tells on `status` what goes wrong before it runs.

        Raises:
            GraderFault: there is none.
            OSError: there are no descriptors left.
        """
        theirs, ours = _pipes()
        try:
            told, received = self._ask(FORK, order.fileno(), *theirs, status)
        finally:
            for descriptor in theirs:
                os.close(descriptor)
        if len(received) < _OF_A_MONITOR:
            self._give_up(told.decode(), received)
        handle, ended = received
        return Forked(int(told), handle, ended, ours)

    @staticmethod
    def _give_up(told: str, received: list[int]) -> NoReturn:
        """End a monitor that cannot be held. There may be none; the kernel leaves out descriptors without a place.

        Raises:
            GraderFault: always.
        """
        for descriptor in received:
            os.close(descriptor)
        why = told
        if told.isdecimal():
            why = os.strerror(errno.EMFILE)
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(int(told), signal.SIGTERM)
        raise GraderFault(f"the fork server cannot fork: {why}")

    def _ask(self, message: str, *descriptors: int) -> tuple[bytes, list[int]]:
        """Send a message with descriptors, and wait. Return the answer, and the descriptors that come with it.

        Raises:
            GraderFault: there is none.
        """
        told, received, why = b"", list[int](), "it has ended"
        try:
            with self._lock:
                socket.send_fds(self._link, [message.encode()], descriptors)
                told, received, _, _ = socket.recv_fds(self._link, MOST_BYTES, _OF_A_MONITOR)
        except OSError as error:
            why = str(error)
        if not told:
            self.close()
            last = self._last_words()
            raise GraderFault(f"the fork server does not answer ({why}); it last said: {last}")
        return told, received

    def _last_words(self) -> str:
        """Return the last line of the ended server's stderr."""
        self._said.seek(0)
        return last_line(self._said.read().decode(errors="replace"))

    def close(self) -> None:
        """End the server, and every sandbox. Safe to repeat."""
        with contextlib.suppress(OSError):  # it is gone, or was closed before
            self._link.send(END.encode())
        self._link.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:  # it is importing
            self._process.kill()
            self._process.wait()


_lock = threading.Lock()
_running: ForkServer | None = None


def running() -> ForkServer:
    """Return this process's fork server. It is started if there is none."""
    global _running  # noqa: PLW0603 - one for all engines and the self-check, as long as the process
    with _lock:
        if _running is None or not _running.alive:
            if _running is not None:
                _running.close()
                atexit.unregister(_running.close)
            _running = ForkServer()
            atexit.register(_running.close)
        return _running
