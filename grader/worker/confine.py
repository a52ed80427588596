"""Tightens the sandbox around each phase's child, and leaves nothing of it behind.

Theory of operation
-------------------
A backend has shut in the worker and whatever it forks. Between the worker, which runs no code of the submission, and a
child, which does, three more walls are needed:

- the child must not look into the worker or speak in its place: `harden_worker` makes the worker's memory and
  descriptors unreadable even for its own user, and deaf to the signals that can be ignored;
- the child gets limits of its own, and where it shares the machine's processes a Landlock layer and a system call
  filter of its own: `confine_child`, called after the fork and before the submission is imported;
- a phase must not reach the next one: `sweep`, called when the child has been waited for, ends every process it left,
  however it hid from its parents, and empties the scratch directories.

What kind of sandbox it is, the backend says in one environment variable (see `Confinement`). Without the variable the
worker takes itself for unconfined: nothing is emptied, and no process is touched but its own descendants.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import functools
import inspect
import json
import os
import re
import resource
import signal
import stat
import struct
import sys
import time
from dataclasses import dataclass
from typing import Any

_VARIABLE, _CHILDREN_VARIABLE = "GRADER_CONFINEMENT", "GRADER_CHILDREN"
_ON_LINUX = sys.platform == "linux"
_PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 4, 22, 36, 38
_SECCOMP_MODE_FILTER = 2
_CREATE_RULESET, _RESTRICT_SELF = 444, 446  # the same numbers on every architecture
_MAKE_BLOCK_DEVICE = 1 << 11
_SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS = 0b11
_PID_PLACEHOLDER = 0x7FFF_FFFE
_KILLED_AFTER_SECONDS = 5
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True)
class ChildLimits:
    """Bounds on one phase's child: CPU time and memory of each of its processes, and what they may open and write.

    `processes` counts threads too. Where the sandbox has no user or namespace of its own the launch has set it.
    """

    cpu_seconds: int
    memory_bytes: int
    processes: int
    file_bytes: int
    open_files: int


@dataclass(frozen=True)
class Confinement:
    """What the backend says of the sandbox.

    Args:
        kind: "namespace" (the worker is process 1 of its own namespace), "landlock" or "none".
        scratch: directories made for this sandbox, emptied after each phase.
        gpu: the CUDA driver has to work, which reserves memory far beyond its use.
        child_system_calls: the child's filter as the kernel takes it, empty for none.
        landlock_abi: version of Landlock for the child's layer, 0 for none.
        children: descriptor on the kernel's list of our children, -1 where /proc can be asked for it.
    """

    kind: str = "none"
    scratch: tuple[str, ...] = ()
    gpu: bool = False
    child_system_calls: bytes = b""
    landlock_abi: int = 0
    children: int = -1

    @staticmethod
    def from_environment() -> Confinement:
        """As the backend has set it; unconfined where none has."""
        about = json.loads(os.environ.get(_VARIABLE, "{}"))
        if not about:
            return Confinement()
        about["scratch"] = tuple(about["scratch"])
        about["child_system_calls"] = bytes.fromhex(about["child_system_calls"])
        return Confinement(**about, children=int(os.environ.get(_CHILDREN_VARIABLE, "-1")))


_confinement = Confinement.from_environment()
_mounts: set[str] = set()
_modes: dict[str, int] = {}  # of the directories that a sweep leaves in place


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _prctl(option: int, *arguments: int) -> None:
    padded = [ctypes.c_ulong(argument) for argument in (*arguments, 0, 0, 0, 0)[:4]]
    _checked(_libc().prctl(option, *padded), f"prctl {option}")


def _unescaped(point: bytes) -> str:
    """A path as the kernel's tables write it: blanks, tabs, line ends and backslashes as octal numbers."""
    return os.fsdecode(re.sub(rb"\\([0-7]{3})", lambda found: bytes([int(found[1], 8)]), point))


def _mounts_in_scratch() -> set[str]:
    """What is mounted inside the scratch directories, with the directories that lead there: not ours to remove."""
    with open("/proc/self/mountinfo", "rb") as table:  # noqa: PTH123
        points = [_unescaped(line.split()[4]) for line in table]
    kept = set()
    for scratch in _confinement.scratch:
        for point in points:
            while point.startswith(f"{scratch}/"):
                kept.add(point)
                point = os.path.dirname(point)  # noqa: PLW2901, PTH120
    return kept


def harden_worker() -> None:
    """Close the worker to its children. Called once, before the first fork. Raises OSError where the kernel refuses."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    if _confinement.kind == "namespace":
        _mounts.update(_mounts_in_scratch())
    for directory in (*_confinement.scratch, *(point for point in _mounts if not os.path.ismount(point))):
        _modes[directory] = stat.S_IMODE(os.stat(directory).st_mode)  # noqa: PTH116
    if not _ON_LINUX:
        return
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    _prctl(_PR_SET_DUMPABLE, 0)


def _limit(which: int, soft: int, hard: int | None = None) -> None:
    ceiling = resource.getrlimit(which)[1]
    bounds = [soft, soft if hard is None else hard]
    if ceiling != resource.RLIM_INFINITY:
        bounds = [min(bound, ceiling) for bound in bounds]
    resource.setrlimit(which, (bounds[0], bounds[1]))


def _set_limits(limits: ChildLimits) -> None:
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, limits.file_bytes)
    _limit(resource.RLIMIT_NOFILE, limits.open_files)
    # a submission may catch the signal of the soft limit, not that of the hard one
    _limit(resource.RLIMIT_CPU, limits.cpu_seconds, limits.cpu_seconds + _KILLED_AFTER_SECONDS)
    if _confinement.kind == "namespace":
        _limit(resource.RLIMIT_NPROC, limits.processes)
    if _ON_LINUX and not _confinement.gpu:
        # of each process; makes a RuntimeError that says "memory" out of what would be a kill
        _limit(resource.RLIMIT_DATA, limits.memory_bytes)


def _enter_landlock_layer(abi: int) -> None:
    """A domain below the worker's: from here the worker can be neither signalled nor traced, nor looked into.

    A layer has to forbid something; before version 6, which knows signals, that is to make block devices.
    """
    attributes = struct.pack("=QQQ", _MAKE_BLOCK_DEVICE, 0, _SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS if abi >= 6 else 0)
    size = 24 if abi >= 6 else 8
    ruleset = _checked(_libc().syscall(_CREATE_RULESET, attributes, size, 0), "landlock_create_ruleset")
    _checked(_libc().syscall(_RESTRICT_SELF, ruleset, 0), "landlock_restrict_self")
    os.close(ruleset)


def _install_filter(program: bytes) -> None:
    """Hand the kernel the backend's filter, with our process id where it has left a place for it."""
    filled = bytearray(program)
    for offset in range(4, len(program), 8):
        if struct.unpack_from("=I", program, offset)[0] == _PID_PLACEHOLDER:
            struct.pack_into("=I", filled, offset, os.getpid())
    instructions = ctypes.create_string_buffer(bytes(filled), len(filled))
    header = ctypes.create_string_buffer(struct.pack("@HP", len(filled) // 8, ctypes.addressof(instructions)))
    _prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(header))


def _load_batches_in_this_process() -> None:
    """Make `DataLoader(num_workers=n)` start no workers: they pass tensors through sockets, and would wait for ever."""
    data = sys.modules.get("torch.utils.data")
    if data is None:
        return
    original = data.DataLoader.__init__
    signature = inspect.signature(original)

    @functools.wraps(original)
    def init(*args: Any, **options: Any) -> None:
        given = signature.bind(*args, **options)
        if given.arguments.get("num_workers"):
            print("grader: this sandbox starts no loader workers; num_workers=0 is used", file=sys.stderr)
            given.arguments["num_workers"] = 0
            for name in ("prefetch_factor", "persistent_workers", "multiprocessing_context", "timeout"):
                given.arguments.pop(name, None)
        original(*given.args, **given.kwargs)

    data.DataLoader.__init__ = init


def confine_child(limits: ChildLimits) -> None:
    """Shut in the calling process for good: after the fork, before any code of the submission.

    Raises:
        OSError: the kernel refuses; the phase must not run then.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    _set_limits(limits)
    if not _ON_LINUX:
        return
    if _confinement.children >= 0:
        os.close(_confinement.children)
    _prctl(_PR_SET_DUMPABLE, 1)  # the worker's protection is not the child's: the grader measures its memory
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    if _confinement.kind == "landlock":
        _load_batches_in_this_process()
        _enter_landlock_layer(_confinement.landlock_abi)
    if _confinement.child_system_calls:
        _install_filter(_confinement.child_system_calls)


def _children() -> list[int]:
    """Our direct children; every orphan below us becomes one. They belong to the main thread, which alone forks."""
    if not _ON_LINUX:
        return []
    if _confinement.children < 0:
        with open(f"/proc/self/task/{os.getpid()}/children", "rb") as listing:  # noqa: PTH123
            return [int(pid) for pid in listing.read().split()]
    text = b""
    while part := os.pread(_confinement.children, 1 << 16, len(text)):
        text += part
    return [int(pid) for pid in text.split()]


def _all_signals_stay_inside() -> bool:
    """Whether `kill(-1)` reaches this sandbox alone.

    Where there is no process namespace the parent is a process of whoever runs the grader: when it cannot be
    signalled, be it for another user id or for Landlock, then nothing of theirs can.
    """
    if _confinement.kind == "namespace":
        return os.getpid() == 1
    if _confinement.kind != "landlock":
        return False
    try:
        os.kill(os.getppid(), 0)
    except PermissionError:
        return True
    return False


def _lives(pid: int) -> bool:
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None


def _end_children() -> None:
    """End all descendants, layer by layer: when a parent has ended, its children are ours.

    The dead are waited for only when nothing lives any more: until then they take up places in the limit on processes,
    and a tree that forks as fast as it is killed runs out of them.
    """
    everything = _all_signals_stay_inside()
    while children := _children():
        living = [pid for pid in children if _lives(pid)]
        if not living:
            for pid in children:
                os.waitpid(pid, 0)
            continue
        for pid in [-1] if everything else living:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.0005)


def _clear(directory: int) -> list[str]:
    """Remove all in an open directory but directories; return their names."""
    below = []
    for entry in list(os.scandir(directory)):
        if entry.is_dir(follow_symlinks=False):
            below.append(entry.name)
        else:
            os.unlink(entry.name, dir_fd=directory)
    return below


def _identity(directory: int) -> tuple[int, int]:
    status = os.fstat(directory)
    return status.st_dev, status.st_ino


def _remove(name: str, above: int) -> None:
    """Remove a directory with all below it, none of which is a mount.

    One directory is open at a time, and each is named from the one above it, so that no depth is too deep. On the way
    back up each has to be the one that it was on the way down, or the sweep fails.
    """
    here = _enter(name, above)
    levels = [(_identity(here), _clear(here))]
    while levels:
        if names := levels[-1][1]:
            onward = _enter(names[-1], here)
            levels.append((_identity(onward), _clear(onward)))
        else:
            levels.pop()
            onward = os.open("..", _DIRECTORY, dir_fd=here)
            if levels:
                if _identity(onward) != levels[-1][0]:
                    raise OSError(errno.ESTALE, f"a directory below {name} has been moved")
                os.rmdir(levels[-1][1].pop(), dir_fd=onward)
        os.close(here)
        here = onward
    os.close(here)
    os.rmdir(name, dir_fd=above)


def _enter(name: str, above: int | None = None) -> int:
    """Open a directory, itself and not what a link of that name leads to, with all permissions on it."""
    try:
        opened = os.open(name, _DIRECTORY, dir_fd=above)
    except PermissionError:
        _make_accessible(name, above)
        opened = os.open(name, _DIRECTORY, dir_fd=above)
    if stat.S_IMODE(os.fstat(opened).st_mode) & stat.S_IRWXU != stat.S_IRWXU:
        os.fchmod(opened, stat.S_IRWXU)
    return opened


def _make_accessible(name: str, above: int | None) -> None:
    """Give ourselves the permissions on a directory that a phase has taken them from."""
    if not _ON_LINUX:
        os.chmod(name, stat.S_IRWXU, dir_fd=above, follow_symlinks=False)
        return
    pinned = os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=above)
    try:
        os.chmod(f"/proc/self/fd/{pinned}", stat.S_IRWXU)  # noqa: PTH101 - not a path to follow: the descriptor
    finally:
        os.close(pinned)


def _empty(path: str) -> None:
    """Remove all below a directory but mounts and what leads to them, and leave the directory as it was at first."""
    directory = _enter(path)
    try:
        for entry in list(os.scandir(directory)):
            inner = f"{path}/{entry.name}"
            if inner in _mounts:
                if not os.path.ismount(inner):
                    _empty(inner)
            elif entry.is_dir(follow_symlinks=False):
                _remove(entry.name, directory)
            else:
                os.unlink(entry.name, dir_fd=directory)
        _restore(directory, _modes[path])
    finally:
        os.close(directory)


def _attributes(directory: int) -> list[str]:
    try:
        return [name for name in os.listxattr(directory) if not name.startswith("security.")] if _ON_LINUX else []
    except OSError:  # a file system that has none
        return []


def _restore(directory: int, mode: int) -> None:
    """Take back what a phase may have written about a directory rather than in it: attributes, mode, times."""
    with contextlib.suppress(PermissionError):  # of another user, so that no phase could change it either
        for name in _attributes(directory):
            os.removexattr(directory, name)
        if stat.S_IMODE(os.fstat(directory).st_mode) != mode:
            os.fchmod(directory, mode)
    with contextlib.suppress(PermissionError):
        os.utime(directory)


def sweep() -> None:
    """End what the phase has left running, and empty the scratch directories. The phase's child has been waited for.

    Raises:
        OSError: something cannot be removed; no further phase may run here.
    """
    _end_children()
    for directory in _confinement.scratch:
        _empty(directory)
