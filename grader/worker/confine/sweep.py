"""Removes everything that a phase has left behind.

It ends processes and empties the scratch directories before the next phase.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import signal
import stat
import sys
import time

from grader.linux.folders import DIRECTORY, enter
from grader.protocol.confinement import Confinement

_ON_LINUX = sys.platform == "linux"


def _unescaped(point: bytes) -> str:
    """Decode a path from the kernel's tables. Blanks, tabs, line ends and backslashes are octal numbers there."""
    return os.fsdecode(re.sub(rb"\\([0-7]{3})", lambda found: bytes([int(found[1], 8)]), point))


def _mounts_in(folders: tuple[str, ...]) -> set[str]:
    """Find mount points inside the folders.

    The directories that lead there are included: they are not ours to remove.
    """
    with open("/proc/self/mountinfo", "rb") as table:  # noqa: PTH123
        points = [_unescaped(line.split()[4]) for line in table]
    kept = set()
    for folder in folders:
        for point in points:
            while point.startswith(f"{folder}/"):
                kept.add(point)
                point = os.path.dirname(point)  # noqa: PLW2901, PTH120
    return kept


def _lives(pid: int) -> bool:
    """Tell whether a child has not ended yet."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None


def _identity(directory: int) -> tuple[int, int]:
    """Return what tells a directory from every other."""
    status = os.fstat(directory)
    return status.st_dev, status.st_ino


def _clear(directory: int) -> list[str]:
    """Remove all files in an open directory. Returns the names of the directories in it, which stay."""
    below = []
    for entry in list(os.scandir(directory)):
        if entry.is_dir(follow_symlinks=False):
            below.append(entry.name)
        else:
            os.unlink(entry.name, dir_fd=directory)
    return below


def _remove(name: str, above: int) -> None:
    """Remove a directory and everything below it.

    None of it is a mount.

    One directory is open at a time, and each is named from the one above it, so that no depth is too deep. On the way
    back up each has to be the one that it was on the way down, or the sweep fails.
    """
    here = enter(name, above)
    levels = [(_identity(here), _clear(here))]
    while levels:
        if names := levels[-1][1]:
            onward = enter(names[-1], here)
            levels.append((_identity(onward), _clear(onward)))
        else:
            levels.pop()
            onward = os.open("..", DIRECTORY, dir_fd=here)
            if levels:
                if _identity(onward) != levels[-1][0]:
                    raise OSError(errno.ESTALE, f"a directory below {name} has been moved")
                os.rmdir(levels[-1][1].pop(), dir_fd=onward)
        os.close(here)
        here = onward
    os.close(here)
    os.rmdir(name, dir_fd=above)


def _attributes(directory: int) -> list[str]:
    """List extended attributes that a phase could have set."""
    try:
        return [name for name in os.listxattr(directory) if not name.startswith("security.")] if _ON_LINUX else []
    except OSError:  # a file system that has none
        return []


def _restore(directory: int, mode: int) -> None:
    """Restore a directory's attributes, mode and times. A phase may have changed them."""
    with contextlib.suppress(PermissionError):  # of another user, so that no phase could change it either
        for name in _attributes(directory):
            os.removexattr(directory, name)
        if stat.S_IMODE(os.fstat(directory).st_mode) != mode:
            os.fchmod(directory, mode)
    with contextlib.suppress(PermissionError):
        os.utime(directory)


class Sweep:
    """Returns the sandbox to its first state.

    It is made before the worker is hardened, which closes /proc to it.

    Args:
        confinement: of the sandbox, which says what of it is a phase's to leave behind.
    """

    def __init__(self, confinement: Confinement) -> None:
        self._confinement = confinement
        self._mounts = _mounts_in(confinement.scratch) if confinement.kind == "namespace" else set()
        kept = (*confinement.scratch, *(point for point in self._mounts if not os.path.ismount(point)))
        self._modes = {path: stat.S_IMODE(os.stat(path).st_mode) for path in kept}  # noqa: PTH116

    def run(self) -> None:
        """End leftover processes and empty the scratch directories.

        The phase's child has been waited for.

        Raises:
            OSError: something cannot be removed; no further phase may run here.
        """
        self._end_children()
        for directory in self._confinement.scratch:
            self._empty(directory)

    def _children(self) -> list[int]:
        """List our direct children; every orphan becomes one. The main thread has them all: it alone forks."""
        if not _ON_LINUX:
            return []
        if self._confinement.children < 0:
            with open(f"/proc/self/task/{os.getpid()}/children", "rb") as listing:  # noqa: PTH123
                return [int(pid) for pid in listing.read().split()]
        text = b""
        while part := os.pread(self._confinement.children, 1 << 16, len(text)):
            text += part
        return [int(pid) for pid in text.split()]

    def _all_signals_stay_inside(self) -> bool:
        """Tell whether `kill(-1)` reaches this sandbox alone.

        Where there is no process namespace the parent is a process of whoever runs the grader: when it cannot be
        signalled, be it for another user id or for Landlock, then nothing of theirs can.
        """
        if self._confinement.kind == "namespace":
            return os.getpid() == 1
        if self._confinement.kind != "landlock":
            return False
        try:
            os.kill(os.getppid(), 0)
        except PermissionError:
            return True
        return False

    def _end_children(self) -> None:
        """End all descendants, layer by layer.

        When a parent has ended, its children are ours.

        The dead are waited for only when nothing lives any more: until then they take up places in the limit on
        processes, and a tree that forks as fast as it is killed runs out of them.
        """
        everything = self._all_signals_stay_inside()
        while children := self._children():
            living = [pid for pid in children if _lives(pid)]
            if not living:
                for pid in children:
                    os.waitpid(pid, 0)
                continue
            for pid in [-1] if everything else living:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.0005)

    def _empty(self, path: str) -> None:
        """Empty a directory except for mounts.

        What leads to mounts stays too; the directory is then as it was at first.
        """
        directory = enter(path)
        try:
            for entry in list(os.scandir(directory)):
                inner = f"{path}/{entry.name}"
                if inner in self._mounts:
                    if not os.path.ismount(inner):
                        self._empty(inner)
                elif entry.is_dir(follow_symlinks=False):
                    _remove(entry.name, directory)
                else:
                    os.unlink(entry.name, dir_fd=directory)
            _restore(directory, self._modes[path])
        finally:
            os.close(directory)
