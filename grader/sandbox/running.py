"""A sandbox that runs, as the grader holds it: three pipes, the tree below one process, and a way to end it."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

import grader
from grader.errors import GraderFault
from grader.sandbox import process_tree, scratch
from grader.sandbox.base import SandboxLimits
from grader.sandbox.monitor import STARTER, Plan

_START_SECONDS = 20.0
_END_SECONDS = 10.0


class TreeSandbox:
    """The tree below a process of ours, which is no part of it.

    Args:
        root: that process.
        limits: bounds on the tree.
        end: asks for the end of the tree; that of `root` follows it.
        scratch_directory: what is removed in the end, and bounded by us, where no file system does so.
    """

    def __init__(
        self,
        root: subprocess.Popen[bytes],
        limits: SandboxLimits,
        *,
        end: Callable[[subprocess.Popen[bytes]], None],
        scratch_directory: Path | None = None,
    ) -> None:
        assert root.stdin is not None
        assert root.stdout is not None
        assert root.stderr is not None
        self.stdin: IO[bytes] = root.stdin
        self.stdout: IO[bytes] = root.stdout
        self.stderr: IO[bytes] = root.stderr
        self._root, self._limits, self._end = root, limits, end
        self._scratch = scratch_directory

    def _tree(self) -> list[int]:
        return process_tree.descendants(self._root.pid) if self._root.returncode is None else []

    def memory_bytes(self) -> int:
        """Memory of the whole tree now."""
        return process_tree.proportional_bytes(self._tree())

    def exceeded(self) -> str | None:
        """The limit that the tree has outgrown, if any."""
        tree = self._tree()
        bound = self._limits.memory_bytes
        # the cheap count is never below the true one, so mostly it is enough
        if process_tree.resident_bytes(tree) > bound and process_tree.proportional_bytes(tree) > bound:
            return "memory"
        if process_tree.tasks(tree) > self._limits.processes:
            return "processes"
        if self._scratch is not None:
            used = scratch.used_bytes(str(self._scratch))
            if used is None or used + process_tree.unlinked_bytes(tree) > self._limits.scratch_bytes:
                return "scratch"
        return None

    def poll(self) -> int | None:
        """The exit status of the first process, 128 + N when signal N ended it."""
        return self._root.poll()

    def kill(self) -> None:
        """End the tree, wait for it, remove the scratch directory.

        Raises:
            GraderFault: something of it cannot be ended.
        """
        tree = self._tree()
        if self._root.poll() is None:
            self._end(self._root)
            try:
                self._root.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                tree += self._tree()
                process_tree.signal_each(tree)
                self._root.kill()
                self._root.wait()
        self._await_end(tree)
        if self._scratch is not None:
            scratch.remove(str(self._scratch))

    def _await_end(self, tree: list[int]) -> None:
        deadline = time.monotonic() + _END_SECONDS
        while not all(process_tree.ended(pid) for pid in tree):
            if time.monotonic() > deadline:
                raise GraderFault(f"processes of a sandbox cannot be ended: {tree}")
            time.sleep(0.002)


def start(argv: list[str], descriptors: tuple[int, ...]) -> subprocess.Popen[bytes]:
    """A process with three unbuffered pipes, an empty environment, and no descriptor but those named.

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


def _read_status(descriptor: int, process: subprocess.Popen[bytes]) -> str:
    """What went wrong before the program ran; nothing when it runs."""
    parts: list[bytes] = []
    deadline = time.monotonic() + _START_SECONDS
    while select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))[0]:
        part = os.read(descriptor, 4096)
        if not part:
            return b"".join(parts).decode(errors="replace")
        parts.append(part)
    return f"process {process.pid} did not get ready within {_START_SECONDS:.0f} s"


def start_monitored(plan: Plan, limits: SandboxLimits) -> TreeSandbox:
    """Run `plan` below a monitor.

    Raises:
        GraderFault: the program could not be executed; nothing is left behind.
    """
    reader, writer = os.pipe()
    with tempfile.TemporaryFile() as file:
        file.write(plan.to_json())
        file.seek(0)
        package_root = str(Path(grader.__file__).parents[1])
        command = [sys.executable, "-I", "-S", "-B", "-c", STARTER, package_root, str(file.fileno()), str(writer)]
        try:
            process = start(command, (file.fileno(), writer))
        except GraderFault:
            os.close(reader)
            scratch.remove(plan.scratch)
            raise
        finally:
            os.close(writer)
    sandbox = TreeSandbox(process, limits, end=subprocess.Popen.terminate, scratch_directory=Path(plan.scratch))
    problem = _read_status(reader, process)
    os.close(reader)
    if problem:
        sandbox.kill()
        raise GraderFault(f"the sandboxed program did not start: {problem}")
    return sandbox
