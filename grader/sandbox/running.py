"""A running sandbox, as the grader holds it. It has three pipes, the tree below one process, and a way to end it."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Protocol

import grader
from grader.errors import GraderFault
from grader.protocol.limits import Limits
from grader.sandbox import control_group, process_tree, scratch, usage
from grader.sandbox.control_group import ControlGroup
from grader.sandbox.fork_server import ForkServer
from grader.sandbox.monitor import STARTER
from grader.sandbox.order import Order
from grader.sandbox.written import Written

_START_SECONDS = 20.0
_END_SECONDS = 10.0


class Root(Protocol):
    """The process above a tree, whose child or not.

    `subprocess.Popen` and `fork_server.Forked` have these methods in common.
    """

    pid: int
    returncode: int | None
    stdin: IO[bytes] | None
    stdout: IO[bytes] | None
    stderr: IO[bytes] | None

    def poll(self) -> int | None:
        """Return the exit status, None while it runs."""
        ...

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end; raises `subprocess.TimeoutExpired`."""
        ...

    def terminate(self) -> None:
        """Ask it to end."""
        ...

    def kill(self) -> None:
        """End it at once."""
        ...


@dataclass(frozen=True)
class Bounds:
    """The limits of a tree, and who enforces them.

    Args:
        limits: the bounds.
        group: the control group of the tree, in which the kernel keeps some of them, if there is one.
        watched: the scratch directory that is bounded by us, where no file system does so.
        mounted: else, the file systems of the tree that bound what is written, though not in how many files.
    """

    limits: Limits
    group: ControlGroup | None = None
    watched: Path | None = None
    mounted: tuple[str, ...] = ()


class Processes:
    """The descendants of a process, and their resource use."""

    def __init__(self, root: int) -> None:
        self._root = root

    def pids(self) -> list[int]:
        """List the descendants, without the root."""
        return process_tree.descendants(self._root)

    def memory_bytes(self, pids: list[int]) -> int:
        """Return the memory of some descendants. A shared page is counted once."""
        return usage.exact_bytes(pids)


class TreeSandbox:
    """A sandbox: the process tree below `root`. That is a process of ours, and no part of the tree.

    Args:
        root: that process.
        bounds: of the tree.
        end: asks for the end of the tree; that of `root` follows it.
        processes: of the tree; all below `root` by default.
    """

    def __init__(
        self,
        root: Root,
        bounds: Bounds,
        *,
        end: Callable[[Root], None],
        processes: Processes | None = None,
    ) -> None:
        assert root.stdin is not None
        assert root.stdout is not None
        assert root.stderr is not None
        self.stdin: IO[bytes] = root.stdin
        self.stdout: IO[bytes] = root.stdout
        self.stderr: IO[bytes] = root.stderr
        self._root, self._end = root, end
        self._limits, self._group, self._mounted = bounds.limits, bounds.group, bounds.mounted
        self._written = None if bounds.watched is None else Written(str(bounds.watched), bounds.limits)
        self._processes = processes or Processes(root.pid)
        self._known: dict[int, str] = {}

    def _tree(self) -> list[int]:
        """List the current processes. They are remembered, should `root` end before them."""
        if self._root.returncode is not None:
            return []
        tree = self._processes.pids()
        self._known = {pid: self._known.get(pid) or process_tree.started(pid) for pid in tree}
        return tree

    def memory_bytes(self) -> int:
        """Return the memory of the whole tree now."""
        return self._processes.memory_bytes(self._tree())

    def exceeded(self) -> str | None:
        """Return the limit that the tree has exceeded. None while within all."""
        tree = self._tree()
        bound = self._limits.memory_bytes
        # the cheap count is never below the true one, so mostly it is enough
        if usage.most_bytes(tree) > bound and self._processes.memory_bytes(tree) > bound:
            return "memory"
        if self._group is not None and self._group.outgrew_memory():
            return "memory"
        if process_tree.tasks(tree) > self._limits.processes:
            return "processes"
        if any(usage.too_many_files(tree, path, self._limits.scratch_bytes) for path in self._mounted):
            return "scratch"
        if self._written is not None and self._written.exceeded(tree):
            return "scratch"
        return None

    def poll(self) -> int | None:
        """Return the first process's exit status. It is 128 + N when signal N ended it."""
        return self._root.poll()

    def kill(self) -> None:
        """End the tree and wait for it.

        Raises:
            GraderFault: something of it cannot be ended.
        """
        self._tree()
        if self._group is not None:
            self._group.end()
        if self._root.poll() is None:
            self._end(self._root)
            self._await_root()
        self._end_known()
        if self._group is not None:
            self._group.remove()

    def _await_root(self) -> None:
        """Wait for the end of `root`. The tree is over then."""
        try:
            self._root.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            process_tree.signal_each(self._tree())
            self._root.kill()
            self._root.wait()

    def _left(self) -> list[int]:
        """List what runs on although `root` has ended."""
        return process_tree.still_running(self._known)

    def _end_known(self) -> None:
        """End whatever runs on, and wait until nothing does."""
        deadline = time.monotonic() + _END_SECONDS
        while left := self._left():
            if time.monotonic() > deadline:
                raise GraderFault(f"processes of a sandbox cannot be ended: {left}")
            process_tree.signal_each(left)
            time.sleep(0.002)


class MonitoredSandbox(TreeSandbox):
    """The tree below a monitor. The monitor removes the scratch directory; we do so too, should it have been killed.

    Args:
        monitor: its process.
        bounds: of the tree.
        order: what the monitor does.
        processes: as for `TreeSandbox`.
    """

    def __init__(self, monitor: Root, bounds: Bounds, *, order: Order, processes: Processes | None) -> None:
        super().__init__(monitor, bounds, end=lambda root: root.terminate(), processes=processes)
        self._scratch, self._claim = order.scratch, order.claim
        self._ending = threading.Lock()
        self._over = False

    def kill(self) -> None:
        """End the tree, and remove the scratch directory. The end is waited for; what is gone is not touched again.

        Two threads may ask for it, that of the engine's end and the sandbox's own. The second waits for the first: what
        one removes, the other would miss.

        Raises:
            GraderFault: something of it cannot be ended, or removed; then the directory and the user id stay taken.
        """
        with self._ending:
            if not self._over:
                self._end_and_remove()
                self._over = True

    def _end_and_remove(self) -> None:
        super().kill()
        try:
            scratch.remove(self._scratch)
        except OSError as error:
            raise GraderFault(f"{self._scratch} cannot be removed: {error}") from error
        if self._claim:
            scratch.give_back(self._claim, self._scratch)

    def _await_root(self) -> None:
        """Wait for the monitor, without killing it. As long as something lives, it goes on ending that."""
        try:
            self._root.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._tree()
            if living := process_tree.still_running(self._known):
                raise GraderFault(f"processes of a sandbox cannot be ended: {living}") from None
            self._await_removal()

    def _await_removal(self) -> None:
        """Wait until the monitor has removed the scratch directory."""
        try:
            self._root.wait(scratch.REMOVE_SECONDS)
        except subprocess.TimeoutExpired:
            raise GraderFault(f"{self._scratch} cannot be removed") from None

    def _left(self) -> list[int]:
        """List what runs on after the monitor.

        There is nothing where it has ended by itself; else there is what we knew of, and all that its throw-away user
        runs.

        That user is no other sandbox's, and the kernel lets only root act on it.
        """
        if (self._root.returncode or 0) >= 0:
            return []
        user = scratch.claimed_user(self._claim)
        return super()._left() + (process_tree.of_user(user) if user is not None and os.geteuid() == 0 else [])


def start(argv: list[str], descriptors: tuple[int, ...]) -> subprocess.Popen[bytes]:
    """Start a process with three unbuffered pipes. It has an empty environment, and no descriptor but those named.

    Raises:
        GraderFault: it cannot be started.
    """
    try:
        return subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env={},
            cwd="/",
            close_fds=True,
            pass_fds=descriptors,
            start_new_session=True,
        )
    except OSError as error:
        raise GraderFault(f"{argv[0]} cannot be started: {error.strerror}") from error


def _read_status(descriptor: int, process: Root) -> str:
    """Return what went wrong before the program ran. "" when it runs."""
    parts: list[bytes] = []
    deadline = time.monotonic() + _START_SECONDS
    told = select.poll()  # which, unlike select, knows descriptors above 1023: of many sandboxes there are as many
    told.register(descriptor, select.POLLIN)
    while told.poll(1000 * max(0.0, deadline - time.monotonic())):
        part = os.read(descriptor, 4096)
        if not part:
            return b"".join(parts).decode(errors="replace")
        parts.append(part)
    return f"process {process.pid} did not get ready within {_START_SECONDS:.0f} s"


def _start_monitor(order: Order, descriptors: tuple[int, ...], server: ForkServer | None) -> tuple[int, Root]:
    """Start a monitor with its `order`. Return also where it says what goes wrong until the program runs."""
    reader, writer = os.pipe()
    try:
        with tempfile.TemporaryFile() as file:
            parent = os.getpid() if server is None else server.pid
            file.write(replace(order, parent=parent).to_json())
            file.seek(0)
            if server is not None:
                return reader, server.fork(file, writer)
            package_root = str(Path(grader.__file__).parents[1])
            command = [sys.executable, "-I", "-S", "-B", "-c", STARTER, package_root, str(file.fileno()), str(writer)]
            return reader, start(command, (file.fileno(), writer, *descriptors))
    except BaseException:
        os.close(reader)
        raise
    finally:
        os.close(writer)


def start_monitored(  # noqa: PLR0913 - by name, all but what is run
    order: Order,
    limits: Limits,
    *,
    descriptors: tuple[int, ...] = (),
    mounted: tuple[str, ...] | None = None,
    processes: Processes | None = None,
    server: ForkServer | None = None,
) -> TreeSandbox:
    """Run `order` below a monitor.

    Args:
        order: what to run.
        limits: bounds on the tree.
        descriptors: what the program is to inherit beside its pipes.
        mounted: where the tree has file systems that bound what it writes; None where the order's scratch directory,
            which none bounds, is to be watched.
        processes: as for `TreeSandbox`; where they are given they are another service's, and in its control group.
        server: what the monitor, and with it the program, is forked from; None to execute both.

    Raises:
        GraderFault: the program could not be executed; nothing is left behind.
    """
    group = None if processes else control_group.make(limits)
    with control_group.removed_on_failure(group):
        order = replace(order, control_group=str(group.path) if group else "")
        reader, process = _start_monitor(order, descriptors, server)
        bounds = Bounds(limits, group, Path(order.scratch) if mounted is None else None, mounted or ())
        sandbox = MonitoredSandbox(process, bounds, order=order, processes=processes)
        problem = _read_status(reader, process)
        os.close(reader)
        if problem:
            sandbox.kill()
            raise GraderFault(f"the sandboxed program did not start: {problem}")
    return sandbox
