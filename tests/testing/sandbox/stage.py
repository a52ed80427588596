"""A stage for tests of the sandbox. It has files to attack, users to run as, and a way to run code."""

from __future__ import annotations

import atexit
import ctypes
import fcntl
import functools
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from grader.sandbox.control_group import ControlGroup, entering

SOURCES = Path(__file__).parents[3] / "grader"
HERE = Path(__file__).parent
ROOT, ORDINARY = "root", "user"
ORDINARY_UID = 54321
MEBIBYTE = 1 << 20
_F_OFD_SETLK = 37
SECRET = "a-secret-of-the-instructor"

_MAKE_IPC = """
import ctypes, sys
libc = ctypes.CDLL(None)
libc.shmat.restype = ctypes.c_void_p
segment, queue, semaphore = libc.shmget(0, 4096, 0o1600), libc.msgget(0, 0o1600), libc.semget(0, 1, 0o1600)
ctypes.memmove(libc.shmat(segment, None, 0), sys.argv[1].encode(), len(sys.argv[1]))
print(segment, queue, semaphore)
"""
_REMOVE_IPC = """
import ctypes, sys
libc = ctypes.CDLL(None)
segment, queue, semaphore = map(int, sys.argv[2:])
libc.shmctl(segment, 0, None), libc.msgctl(queue, 0, None), libc.semctl(semaphore, 0, 0)
"""

_KEEP_A_KEY = """
import ctypes, os, sys
libc = ctypes.CDLL(None)
add_key = {"x86_64": 248, "aarch64": 217}[os.uname().machine]
print(libc.syscall(add_key, b"user", sys.argv[2].encode(), sys.argv[1].encode(), len(sys.argv[1]), -4))
"""
_GIVE_IT_UP = """
import ctypes, os, sys
keyctl = {"x86_64": 250, "aarch64": 219}[os.uname().machine]
ctypes.CDLL(None).syscall(keyctl, 9, int(sys.argv[2]), -4)  # KEYCTL_UNLINK, from the user's keyring
"""

FORKED = "forked"
"""The word after a backend's name that asks for forking.

It then begins in a process of the fork server's, as workers do where that can be.
"""
CONFINING = ["bwrap", "bwrap forked", "landlock", "landlock forked", "landlock-1", "landlock-1 forked", "container"]
"""Backends that keep strangers' code in.

"landlock-1" is Landlock as the first kernels with it had it, before it knew signals, TCP and truncation.
"""


def kind_of(backend: str) -> str:
    """Return a backend's name without its variant."""
    return backend.partition(" ")[0].partition("-")[0]


WITH_LIMITS = ["bwrap", "bwrap forked", "landlock", "landlock forked", "container", "none", "none forked"]
"""Backends that keep limits and end surely. `none` promises only that."""


@functools.cache
def kit() -> Path:
    """Copy the sandbox to where every user can read it."""
    folder = Path(tempfile.mkdtemp(prefix="grader-kit-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for part in ("sandbox", "linux", "protocol", "worker"):
        shutil.copytree(SOURCES / part, folder / "grader" / part, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("__init__.py", "errors.py", "late.py", "legible.py", "telling.py"):
        shutil.copy(SOURCES / name, folder / "grader" / name)
    for path in (HERE / "play.py", HERE / "unconfined.py", HERE / "inner.py", HERE / "session.py"):
        shutil.copy(path, folder / path.name)
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder


@dataclass(frozen=True)
class User:
    """A user to run the grader as. It has a name for the test, ids, and an interpreter that this user can execute."""

    name: str
    uid: int
    python: str

    def ids(self) -> dict[str, Any]:
        """Return the arguments for `subprocess` to become this user."""
        return {} if self.uid == os.getuid() else {"user": self.uid, "group": self.uid, "extra_groups": []}


@functools.cache
def find_user(name: str) -> User | str:
    """Find `ROOT` or `ORDINARY`, or say why it cannot be had."""
    if os.getuid() != 0:
        return "the tests run as an ordinary user" if name == ROOT else User(name, os.getuid(), sys.executable)
    if name == ROOT:
        return User(name, 0, sys.executable)
    for python in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        ordinary = User(name, ORDINARY_UID, python)
        code = "import sys, grader.sandbox; sys.exit(sys.version_info < (3, 11))"
        try:
            done = subprocess.run(
                [python, "-c", code], env=environment(), cwd="/", capture_output=True, check=False, **ordinary.ids()
            )
        except OSError:
            continue
        if done.returncode == 0:
            return ordinary
    return "there is no Python 3.11 here that an ordinary user can execute"


def environment() -> dict[str, str]:
    """Return the environment of the grader's process. It holds a secret, as an instructor's would."""
    return {"PYTHONPATH": str(kit()), "PATH": "/usr/bin:/bin", "SECRET_TOKEN": SECRET, "PYTHONDONTWRITEBYTECODE": "1"}


def _mount_of(path: Path) -> int:
    """Return the number of a path's mount, as `statmount` wants it. It is 0 where the kernel has no such number."""
    answer = ctypes.create_string_buffer(256)
    number = {"x86_64": 332, "aarch64": 291}[os.uname().machine]
    asked = ctypes.CDLL(None).syscall(number, -100, bytes(path), 0, 0x4000, answer)  # statx, STATX_MNT_ID_UNIQUE
    given, found = struct.unpack_from("=I", answer)[0], struct.unpack_from("=Q", answer, 0x90)[0]
    return found if asked == 0 and given & 0x4000 else 0


@dataclass(eq=False)
class Stage:
    """Files, listeners and a process beside the sandbox. While nothing confines, `user` can reach all of them."""

    user: User
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="grader-stage-")))
    names: dict[str, Any] = field(default_factory=dict)
    _listeners: list[socket.socket] = field(default_factory=list)
    _outsider: subprocess.Popen[bytes] | None = None
    _locked: list[int] = field(default_factory=list)
    _key: int = -1

    def build(self) -> None:
        """Make everything."""
        self.folder.chmod(0o755)
        for name in ("home", "neighbour", "package/hidden", "package/visible", "tools"):
            (self.folder / name).mkdir(parents=True)
        for name in ("home/secret", "home/kept", "neighbour/net.py", "package/hidden/secret", "package/visible/code"):
            (self.folder / name).write_text(SECRET)
        if os.getuid() == 0:
            for path in [self.folder, *self.folder.rglob("*")]:
                os.chown(path, self.user.uid, self.user.uid)
            shutil.copy("/usr/bin/id", self.folder / "tools/id")
            (self.folder / "tools/id").chmod(0o4755)
        self._outsider = subprocess.Popen(["/bin/sleep", "infinity"], env=environment(), **self.user.ids())
        self.names = {
            "HOME_FILE": str(self.folder / "home/secret"), "HOME": str(self.folder / "home"),
            "KEPT_FILE": str(self.folder / "home/kept"), "NEIGHBOUR_FILE": str(self.folder / "neighbour/net.py"),
            "HIDDEN_FILE": str(self.folder / "package/hidden/secret"), "SECRET": SECRET,
            "VISIBLE_FILE": str(self.folder / "package/visible/code"), "SET_UID_ID": str(self.folder / "tools/id"),
            "PORT": self._listen(socket.AF_INET, ("127.0.0.1", 0))[1], "OUTSIDER": self._outsider.pid,
            "UNIX_SOCKET": self._listen(socket.AF_UNIX, str(self.folder / "home/socket")),
            "ABSTRACT_SOCKET": f"grader-test-{uuid.uuid4().hex}",
        }  # fmt: skip
        self.names.update(zip(("SEGMENT", "QUEUE", "SEMAPHORE"), self._have_user_run(_MAKE_IPC), strict=True))
        self._listen(socket.AF_UNIX, "\0" + self.names["ABSTRACT_SOCKET"])
        self.names["DATAGRAM_SOCKET"] = f"grader-test-{uuid.uuid4().hex}"
        self._listen(socket.AF_UNIX, "\0" + self.names["DATAGRAM_SOCKET"], socket.SOCK_DGRAM)
        (self.folder / "home/socket").chmod(0o777)
        self._set_marks()

    def _set_marks(self) -> None:
        """Lock files that sandboxes can open, and keep a key. The key is the user's."""
        path, at = self.folder / "package/visible/locked", int.from_bytes(os.urandom(6), "little")
        path.write_text("locked")
        self._locked = [os.open(path, os.O_RDWR), os.open(os.devnull, os.O_RDWR)]
        fcntl.flock(self._locked[0], fcntl.LOCK_EX)
        for descriptor in self._locked:
            fcntl.fcntl(descriptor, _F_OFD_SETLK, struct.pack("hhqqi", fcntl.F_WRLCK, 0, at, 1, 0))
        description = f"grader-test-{uuid.uuid4().hex}"
        self._key = self._have_user_run(_KEEP_A_KEY, description)[0]
        key = description if self._key >= 0 else ""
        self.names.update(LOCKED_FILE=str(path), LOCKED_AT=at, KEY=key, MOUNT=_mount_of(self.folder))
        self.names["SESSION_KEY"] = f"grader-test-{uuid.uuid4().hex}"

    def _listen(self, family: int, address: Any, kind: int = socket.SOCK_STREAM) -> Any:
        listener = socket.socket(family, kind)
        listener.bind(address)
        if kind == socket.SOCK_STREAM:
            listener.listen(16)
        self._listeners.append(listener)
        return listener.getsockname()

    def _have_user_run(self, code: str, *arguments: object) -> list[int]:
        """Let the user run `code` about objects of the kernel. Return the numbers that it prints."""
        command = [self.user.python, "-S", "-c", code, SECRET, *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd="/", **self.user.ids())
        return [int(word) for word in done.stdout.split()]

    def close(self) -> None:
        """Remove everything."""
        self._have_user_run(_REMOVE_IPC, *(self.names[name] for name in ("SEGMENT", "QUEUE", "SEMAPHORE")))
        self._have_user_run(_GIVE_IT_UP, self._key)
        for descriptor in self._locked:
            os.close(descriptor)
        for listener in self._listeners:
            listener.close()
        if self._outsider is not None:
            self._outsider.kill()
            self._outsider.wait()
        shutil.rmtree(self.folder)

    def outsider_lives(self) -> bool:
        """Tell whether the process beside the sandbox still runs."""
        return self._outsider is not None and self._outsider.poll() is None

    @functools.cache  # noqa: B019 - there are two stages in a test run
    def problem(self, backend: str) -> str:
        """Return why a backend does not work here, or "". It is tried for this user on this machine."""
        code = """
import sys
from grader.sandbox import BACKENDS
from grader.sandbox.backends.landlock import LandlockBackend
name, _, abi = sys.argv[1].partition("-")
backend = LandlockBackend(int(abi)) if abi else BACKENDS[name]()
print(backend.unavailable() or "")
"""
        command = [self.user.python, "-B", "-c", code, backend]
        done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=True, **self.user.ids())
        return done.stdout.strip()

    def start(self, backend: str, phases: list[str], **options: Any) -> tuple[subprocess.Popen[str], str]:
        """Start `play.py` as the user. Return it, and a word that all processes of the sandbox have in their arguments.

        Args:
            backend: its name.
            phases: pieces of code, each run in a child of its own.
            options: `limits` of a child, `sandbox_limits`, `seconds`, `until` (a word that ends the run), `hold` (do
                not kill then), `look_every` (seconds between two looks at the tree), `read_stderr`, `gpu_nodes` (files
                to pass for those of a card), `packages` (further readable paths, with site directories on the path),
                `modules` (imported before the first phase), `within` (the control group of the grader).
        """
        backend, _, forked = backend.partition(" ")
        if problem := self.problem(backend):
            pytest.skip(f"{backend}: {problem}")
        within: Path | None = options.pop("within", None)
        token = uuid.uuid4().hex
        limits = {
            "cpu_seconds": 30, "memory_bytes": 1 << 30, "processes": 24, "file_bytes": 8 * MEBIBYTE, "open_files": 64,
            **options.pop("limits", {}),
        }  # fmt: skip
        sandbox_limits = {
            "memory_bytes": 1 << 30, "processes": 24, "scratch_bytes": 16 * MEBIBYTE, "file_bytes": 8 * MEBIBYTE,
            **options.pop("sandbox_limits", {}),
        }  # fmt: skip
        play = {
            "backend": backend, "forked": forked == FORKED, "phases": phases, "limits": limits,
            "python": self.user.python if options.get("packages") else str(Path(self.user.python).resolve()),
            "inner": str(kit() / "inner.py"), "kit": str(kit()),
            "names": {**self.names, "TOKEN": token}, "environment": {}, "sandbox_limits": sandbox_limits,
            "readable": [str(self.folder / "package"), str(self.folder / "tools"), str(kit())], "packages": [],
            "hidden": [str(self.folder / "package/hidden")], "seconds": 20, "until": None, "hold": False,
            "read_stderr": True, "gpu_nodes": None, "modules": [], "look_every": 0.02, **options,
        }  # fmt: skip
        command, ids = [self.user.python, "-B", str(kit() / "play.py"), json.dumps(play)], self.user.ids()
        if within is not None:  # only root moves a process there, so it becomes the user afterwards
            become = f"setpriv --reuid {self.user.uid} --regid {self.user.uid} --clear-groups".split()
            command, ids = entering(ControlGroup(within), [*become, *command]), {}
        process = subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, text=True, cwd="/", **ids)
        return process, token

    def unconfined(self, phases: list[str]) -> Played:
        """Run the code as the user does in a shell. There is no sandbox, and the process above is not hardened."""
        about = json.dumps({"phases": phases, "names": self.names})
        done = subprocess.run(
            [self.user.python, "-B", str(kit() / "unconfined.py"), about],
            env={**environment(), "TMPDIR": str(self.folder / "neighbour")},
            capture_output=True,
            text=True,
            check=False,
            **self.user.ids(),
        )
        return Played(done.stdout, done.stderr, done.returncode, None, 0.0, 0, self.user.uid, 0, [])

    def run(self, backend: str, phases: list[str], **options: Any) -> Played:
        """Start the code in a sandbox, and wait for what happened."""
        process, token = self.start(backend, phases, **options)
        printed = process.communicate(timeout=280)[0]
        assert process.returncode == 0, "play.py failed, see stderr"
        return Played(**json.loads(printed), left=processes_with(token))


@dataclass(frozen=True)
class Played:
    """The report of `play.main` on a sandbox. `left` are its processes that are still there."""

    out: str
    err: str
    status: int | None
    exceeded: str | None
    kill_seconds: float
    most_memory: int
    uid: int
    memory_after: int
    left: list[int]

    def outcome(self, phase: int) -> str:
        """Return the outcome of the code number `phase`. It is "done", "refused …", or "" when it did not say."""
        head = f"[{phase}] "
        lines = [line.removeprefix(head) for line in self.out.splitlines() if line.startswith(head)]
        return next((line for line in lines if line.startswith(("done", "refused"))), "")


def _says(thread: Path, word: bytes) -> bool:
    """Tell whether a thread runs in a process with `word`. The word is among the arguments."""
    try:
        arguments, state = (thread / "cmdline").read_bytes(), (thread / "stat").read_text()
    except OSError:
        return False
    return word in arguments and state.rpartition(")")[2].split()[0] not in "ZX"


def processes_with(word: str) -> list[int]:
    """Return the running processes with `word` in their arguments. Those whose first thread has ended are included."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                threads = list((entry / "task").iterdir())
            except OSError:
                continue
            if any(_says(thread, word.encode()) for thread in threads):
                found.append(int(entry.name))
    return found


def wait_until_none(word: str, seconds: float) -> list[int]:
    """Wait at most `seconds`, and return processes left with `word`."""
    deadline = time.monotonic() + seconds
    while (left := processes_with(word)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left


def end(process: subprocess.Popen[str]) -> None:
    """Kill one process as the out-of-memory killer would."""
    process.send_signal(signal.SIGKILL)
    process.wait()
