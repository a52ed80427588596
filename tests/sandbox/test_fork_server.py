"""A forked program knows nothing of those before it. That it is as confined as an executed one, other tests show."""

from __future__ import annotations

import os
import re
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from grader.errors import GraderFault
from grader.sandbox import BACKENDS, Backend, SandboxSpec, fork_server, self_check
from grader.sandbox.fork_server import ForkServer
from grader.sandbox.interpreter import executable, interpreter_folders
from grader.sandbox.running import MonitoredSandbox, TreeSandbox
from grader.sandbox.staging import staged
from tests.testing.sandbox.stage import processes_with

pytestmark = pytest.mark.skipif(not fork_server.supported(), reason="no descriptors on processes here")
forking = pytest.mark.parametrize("name", ["bwrap", "landlock", "none"])


def backend_called(name: str) -> Backend:
    """Return the backend, where it can confine forked programs."""
    backend = BACKENDS[name]()
    if problem := backend.unavailable():
        pytest.skip(f"{name}: {problem}")
    if not backend.forks:
        pytest.skip(f"{name}: forked processes cannot be shut in here")
    return backend


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ForkServer]:
    """Start a fork server for one test. Its name is a word among the arguments of all that it forks."""
    made = ForkServer(uuid.uuid4().hex)
    monkeypatch.setattr(fork_server, "_running", made)
    yield made
    made.close()


def arguments_of(server: ForkServer) -> list[str]:
    """Return the arguments of the server."""
    while "grader.sandbox.forking" not in (found := Path(f"/proc/{server.pid}/cmdline").read_text().split("\0")):
        time.sleep(0.01)
    return found[:-1]


def word_of(server: ForkServer) -> str:
    """Return the word that names the server."""
    return arguments_of(server)[-1]


def launch(backend: Backend, code: str, *arguments: str) -> TreeSandbox:
    """Run `code` in a sandbox, as if by the interpreter."""
    spec = SandboxSpec(
        (executable(), "-s", "-P", "-B", "-c", code, *arguments),
        (*interpreter_folders(), staged()),
        server=fork_server.running(),
    )
    sandbox = backend.launch(spec)
    assert isinstance(sandbox, TreeSandbox)
    return sandbox


def printed(backend: Backend, code: str, *arguments: str) -> str:
    """Return what `code` prints in a sandbox."""
    sandbox = launch(backend, code, *arguments)
    text = sandbox.stdout.read().decode() + sandbox.stderr.read().decode()
    sandbox.kill()
    return text


def memory_of(pid: int) -> bytes:
    """Read all writable memory of a process."""
    maps = Path(f"/proc/{pid}/maps").read_text().splitlines()
    found = []
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in maps:
            begin, end, rights = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+)", line).groups()  # type: ignore[union-attr]
            if rights.startswith("rw"):
                try:
                    memory.seek(int(begin, 16))
                    found.append(memory.read(int(end, 16) - int(begin, 16)))
                except OSError:
                    continue
    return b"".join(found)


@forking
def test_nothing_is_remembered(server: ForkServer, name: str) -> None:
    """A submission finds nothing of the one before. The server has heard of neither."""
    backend = backend_called(name)
    secret = uuid.uuid4().hex
    mark = "import sys, json; json.mark = sys.argv[1]; sys.modules['mark'] = json; print('marked')"
    sandbox = launch(backend, mark, secret)
    assert sandbox.stdout.read() == b"marked\n"
    sandbox.kill()
    look = "import sys, json; print(hasattr(json, 'mark'), 'mark' in sys.modules, sys.argv[1:])"
    assert printed(backend, look, "own") == "False False ['own']\n"
    memory = memory_of(server.pid)
    assert word_of(server).encode() in memory, "the memory was not read"
    assert secret.encode() not in memory
    assert isinstance(sandbox, MonitoredSandbox)
    assert sandbox._scratch.encode() not in memory, "it has read an order"


@forking
def test_nothing_of_the_grader_arrives(server: ForkServer, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the grader's environment reaches forked programs.

    It is in neither their variables nor the memory of the server.
    """
    secret = uuid.uuid4().hex
    monkeypatch.setenv("SECRET_TOKEN", secret)
    own = ForkServer()
    monkeypatch.setattr(fork_server, "_running", own)
    assert secret not in arguments_of(own)
    environment = Path(f"/proc/{own.pid}/environ").read_text()
    assert "LANG=C.UTF-8" in environment
    assert secret not in environment
    look = "import os; print(sorted(os.environ))"
    assert "SECRET_TOKEN" not in printed(backend_called(name), look)
    assert secret.encode() not in memory_of(own.pid)
    own.close()


@forking
def test_its_pipes_alone(server: ForkServer, name: str) -> None:
    """A forked program has only the descriptors it needs.

    They are its three pipes, and what a worker ends its phases with.
    """
    code = """
import os
found = []
for number in range(1024):
    try:
        os.fstat(number)
    except OSError:
        continue
    found.append(number)
given = os.environ.get("GRADER_HOLDER", os.environ.get("GRADER_CHILDREN", "")).split()
print(sorted(found) == sorted([0, 1, 2, *map(int, given)]), found, given)
"""
    with Path(os.devnull).open() as inherited:
        os.set_inheritable(inherited.fileno(), True)
        assert printed(backend_called(name), code).startswith("True")


@forking
def test_all_come_from_one(server: ForkServer, name: str) -> None:
    """All sandboxes share the modules that the server imported. None imports them again."""
    backend = backend_called(name)
    server.prepare("wave")
    look = "import sys; print('wave' in sys.modules, id(sys.modules['wave']))"
    first, second = printed(backend, look), printed(backend, look)
    assert first == second
    assert first.startswith("True")


@forking
def test_how_it_ends(server: ForkServer, name: str) -> None:
    """Exit codes and tracebacks are those of an interpreter. One that was killed says so."""
    backend = backend_called(name)
    for code, status in [("pass", 0), ("raise SystemExit(7)", 7), ("1 / 0", 1), ("raise SystemExit('words')", 1)]:
        sandbox = launch(backend, code)
        assert sandbox._root.wait(20) == status
        assert sandbox.stderr.read().decode().strip().splitlines()[-1:] == {
            "1 / 0": ["ZeroDivisionError: division by zero"],
            "raise SystemExit('words')": ["words"],
        }.get(code, [])
        sandbox.kill()
    sandbox = launch(backend, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    assert sandbox._root.wait(20) == 128 + signal.SIGKILL
    sandbox.kill()


@forking
def test_the_server_is_killed(server: ForkServer, name: str) -> None:
    """A killed server ends all that it forked. Another server forks the next sandbox."""
    backend, word = backend_called(name), word_of(server)
    sandbox = launch(backend, "import time; print('up', flush=True); time.sleep(60)")
    assert sandbox.stdout.readline() == b"up\n"
    os.kill(server.pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while processes_with(word) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert processes_with(word) == []
    sandbox.kill()
    assert sandbox.poll() not in (None, 0)
    assert printed(backend, "print('again')") == "again\n"
    assert fork_server.running().pid != server.pid
    fork_server.running().close()


@pytest.mark.parametrize(
    "room", [pytest.param(1, id="for the order"), pytest.param(5, id="for pipes"), pytest.param(7, id="for a handle")]
)
def test_a_fork_that_fails(server: ForkServer, room: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failed fork is the fault of one sandbox. Server and staged code stay for the next."""
    backend, word = backend_called("none"), word_of(server)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    server.wait()
    usual = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)
    used = 1 + max(int(link.name) for link in Path(f"/proc/{server.pid}/fd").iterdir())
    resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (used + room, usual[1]))
    with pytest.raises(GraderFault, match="the fork server cannot fork: Too many open files"):
        printed(backend, "print('up')")
    resource.prlimit(server.pid, resource.RLIMIT_NOFILE, usual)
    assert printed(backend, "print('again')") == "again\n"
    assert fork_server.running() is server
    while len(processes_with(word)) > 1:  # the monitor that nobody holds ends by itself
        time.sleep(0.01)
    assert list(tmp_path.iterdir()) == []


def test_a_monitor_that_cannot_be_held(server: ForkServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A monitor that the grader has no descriptor for is ended. The fault names what is missing."""
    backend, word = backend_called("none"), word_of(server)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    received = socket.recv_fds

    def without_room(*arguments: Any) -> tuple[bytes, list[int], int, Any]:
        told, descriptors, *rest = received(*arguments)
        for descriptor in descriptors[1:]:
            os.close(descriptor)
        return told, descriptors[:1], *rest

    server.wait()
    with monkeypatch.context() as patch:
        patch.setattr(socket, "recv_fds", without_room)
        with pytest.raises(GraderFault, match="the fork server cannot fork: Too many open files"):
            printed(backend, "import time; time.sleep(60)")
    while len(processes_with(word)) > 1:
        time.sleep(0.01)
    assert list(tmp_path.iterdir()) == []
    assert printed(backend, "print('again')") == "again\n"


def test_what_cannot_be_imported(server: ForkServer) -> None:
    """A module that cannot be imported is the grader's fault. The last line of the error tells it."""
    server.prepare("no_such_module_at_all")
    with pytest.raises(GraderFault, match="No module named 'no_such_module_at_all'"):
        printed(backend_called("none"), "pass")


@pytest.mark.parametrize("name", ["bwrap", "landlock"])
def test_where_forking_fails_programs_are_executed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where forking fails, programs are executed.

    The self-check finds out; the sandbox is the same, and starts more slowly.
    """
    if problem := BACKENDS[name]().unavailable():
        pytest.skip(f"{name}: {problem}")

    def refuse(*_: object) -> None:
        raise GraderFault("not here")

    monkeypatch.setattr(ForkServer, "fork", refuse)
    backend = BACKENDS[name]()
    assert self_check.failure(backend) is None
    assert not backend.forks
    assert "up" in printed(backend, "print('up')")


def test_it_ends_with_the_grader() -> None:
    """A grader that is killed leaves no server behind."""
    word = uuid.uuid4().hex
    code = f"""
import sys, time
from grader.sandbox.fork_server import ForkServer
server = ForkServer({word!r})
print('up', flush=True)
time.sleep(60)
"""
    grader = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert grader.stdout is not None
    assert grader.stdout.readline() == b"up\n"
    assert processes_with(word) != []
    grader.kill()
    grader.communicate()
    deadline = time.monotonic() + 10
    while processes_with(word) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert processes_with(word) == []
