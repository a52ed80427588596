"""Checks whether a backend confines on this machine. It tries to get out, and never trusts version numbers.

The probe runs as a phase does, in a child that the worker's own code has shut in: on kernels whose Landlock knows no
signals it is that which keeps a phase from the grader's processes.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import tempfile
import time
from pathlib import Path
from typing import IO

from grader.errors import GraderFault
from grader.protocol.confinement import VARIABLES
from grader.protocol.limits import Limits
from grader.sandbox.base import Backend, SandboxSpec
from grader.sandbox.fork_server import ForkServer
from grader.sandbox.interpreter import executable, interpreter_folders
from grader.sandbox.place import problem_with_place
from grader.sandbox.staging import staged
from grader.sandbox.variables import base_environment

_SECONDS = 20.0
_MEBIBYTE = 1024 * 1024
_LIMITS = Limits(memory_bytes=512 * _MEBIBYTE, processes=32, scratch_bytes=_MEBIBYTE, file_bytes=_MEBIBYTE)
_PROBE = """
import os, sys
sys.path.insert(0, sys.argv[1])
from grader.protocol.confinement import Confinement
from grader.protocol.limits import Limits
from grader.worker.confine import confine_child, harden_worker
confinement = Confinement.from_environment(os.environ)
harden_worker()
phase = os.fork()
if phase:
    os._exit(os.waitstatus_to_exitcode(os.waitpid(phase, 0)[1]) & 127)
limits = Limits(memory_bytes=256 << 20, processes=32, file_bytes=1 << 20, open_files=64)
confine_child(confinement, limits, cpu_seconds=20)
path, port, pid, expected = sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), set(sys.argv[5:])
def connect():
    import _socket
    _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM).connect(("127.0.0.1", port))
def write(where):
    open(where, "w").close()
def foreign_variables():
    if set(os.environ) <= expected:
        with open("/proc/1/environ") as first:
            if {pair.partition("=")[0] for pair in first.read().split(chr(0)) if pair} <= expected:
                raise OSError
def done(act, *arguments):
    try:
        act(*arguments)
    except OSError:
        return False
    return True
found = {
    "it reads a file that is not listed": done(lambda: open(path + "/secret").read()),
    "it writes outside its scratch directory": done(write, path + "/written"),
    "it reaches a listener of this machine": done(connect),
    "it signals the grader": done(os.kill, pid, 0),
    "it sees the grader's environment": done(foreign_variables),
    "it cannot write to its scratch directory": not done(write, os.environ["TMPDIR"] + "/own"),
}
print(*[name for name, true in found.items() if true], "checked", sep=chr(10), flush=True)
"""
_OTHERS_SET = ("PWD", "LC_CTYPE", "HOSTNAME", "TERM", "container", "__CF_USER_TEXT_ENCODING")
"""Variables set by others, besides ours.

Bubblewrap, Python, container engines and macOS set them; they say where the program runs and how it writes text.
"""


def _read(stream: IO[bytes], deadline: float) -> str:
    """Read a pipe to its end, or until the deadline."""
    parts: list[bytes] = []
    while select.select([stream], [], [], max(0.0, deadline - time.monotonic()))[0]:
        part = os.read(stream.fileno(), 1 << 16)
        if not part:
            break
        parts.append(part)
    return b"".join(parts).decode(errors="replace").strip()


def _answer(backend: Backend, server: ForkServer | None, folder: Path, arguments: list[str]) -> list[str]:
    """Return the lines that the probe printed.

    It ran in a sandbox of `backend`; what went wrong instead is a single line.
    """
    argv = (executable(), "-I", "-S", "-B", "-c", _PROBE, str(folder), *arguments)
    try:
        readable = (*interpreter_folders(), folder)
        sandbox = backend.launch(SandboxSpec(argv, readable, limits=_LIMITS, server=server))
    except GraderFault as error:
        return [str(error)]
    deadline = time.monotonic() + _SECONDS
    with sandbox.stdin, sandbox.stdout, sandbox.stderr:
        try:
            printed, complaint = _read(sandbox.stdout, deadline), _read(sandbox.stderr, deadline)
        finally:
            sandbox.kill()
    if printed:
        return printed.splitlines()
    return [complaint.splitlines()[-1] if complaint else "the probe said nothing"]


def _failure(backend: Backend) -> str | None:
    """Say how the probe escaped, or was hindered.

    It can do what it must not, or cannot do what it must; None where the backend holds.
    """
    expected = [*base_environment(""), *VARIABLES, *_OTHERS_SET]
    with (
        tempfile.TemporaryDirectory(prefix="grader-self-check-") as folder,
        contextlib.closing(socket.create_server(("127.0.0.1", 0))) as listener,
        contextlib.ExitStack() as opened,
    ):
        # one of its own: that of the workers may be importing
        server = opened.enter_context(contextlib.closing(ForkServer())) if backend.forks else None
        os.chmod(folder, 0o777)  # noqa: PTH101, S103 - it is the sandbox that has to keep the probe out
        Path(folder, "secret").write_text("secret")
        port = listener.getsockname()[1]
        lines = _answer(backend, server, staged(), [folder, str(port), str(os.getpid()), *expected])
    if lines == ["checked"]:
        return None
    return "; ".join(line for line in lines if line != "checked")


def failure(backend: Backend) -> str | None:
    """Say how `backend` fails to confine a probe.

    The probe can do what it must not, or cannot do what it must; None where it holds.

    The probe looks for a file beside the grader's, a listener on the loopback interface, the grader's own process and
    its environment. It begins as workers will. Where that fails in a process of the fork server's but not in one that
    is executed, the backend is made to execute from now on.
    """
    if problem := problem_with_place():
        return problem
    problem = _failure(backend)
    if problem is not None and backend.forks:
        backend.forks = False
        problem = _failure(backend)
    return problem
