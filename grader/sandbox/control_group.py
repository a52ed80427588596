"""Control groups of version 2.

They are bounds that the kernel keeps by itself, and one write that ends a whole tree at once.

The watch over a tree looks several times a second; what is allocated between two looks is not bounded by it. A control
group is, so a sandbox gets one wherever one is to be had: where the group above the grader's own may be written to, as
for root and for whatever systemd runs for a person (a terminal of the desktop, `systemd-run --user --scope`), else in
the grader's own group. No group but those made here is changed: the controllers that are not enabled for children of
that place are done without, and the watch does their work. Version 1 and a read-only hierarchy, as in most
containers, give no group at all.

Reference: https://docs.kernel.org/admin-guide/cgroup-v2.html
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.protocol.limits import Limits

ABOVE_THE_LIMIT_BYTES = 256 * 1024 * 1024
"""Margin of the kernel's memory limit over the grader's.

The grader says why it ends a tree, so it comes first; and the kernel counts page tables and buffers too.
"""
_ABOVE_THE_LIMIT_PROCESSES = 16
_END_SECONDS = 5.0
_PREFIX = "grader-"
_numbers = itertools.count()


def own_group(mounts: str, groups: str) -> Path | None:
    """Return the directory of this process's group.

    It is in the hierarchy of version 2; None where that is not mounted.

    Args:
        mounts: the text of /proc/self/mountinfo.
        groups: the text of /proc/self/cgroup.
    """
    path = next((line[3:] for line in groups.splitlines() if line.startswith("0::")), None)
    for line in mounts.splitlines():
        about, _, kind = line.partition(" - ")
        if path is not None and kind.startswith("cgroup2 "):
            root, point = about.split()[3:5]
            inside = path if root == "/" else path.removeprefix(root)
            return Path(point) / inside.strip("/")
    return None


def _places() -> Iterator[Path]:
    """Yield where groups may be made, the best first."""
    if sys.platform != "linux":
        return
    try:
        own = own_group(Path("/proc/self/mountinfo").read_text(), Path("/proc/self/cgroup").read_text())
    except OSError:  # a /proc that is closed
        return
    if own is None:
        return
    if (own.parent / "cgroup.procs").exists():
        yield own.parent
    yield own


def _write(path: Path, text: str) -> bool:
    """Write to a file of the hierarchy. False where that is not allowed."""
    try:
        path.write_text(text)
    except OSError:  # no such controller here, or not ours to set
        return False
    return True


def _remove_forgotten(place: Path) -> None:
    """Remove groups whose grader was killed. One in use cannot be removed."""
    for group in place.glob(f"{_PREFIX}*"):
        owner = group.name.removeprefix(_PREFIX).partition("-")[0]
        if owner.isdecimal() and not Path("/proc", owner).exists():
            with contextlib.suppress(OSError):
                group.rmdir()


def entering(group: ControlGroup | None, argv: list[str]) -> list[str]:
    """Prefix `argv` with a shell that enters `group`. The shell enters before it becomes the program."""
    return argv if group is None else ["/bin/sh", "-c", 'echo 0 > "$0" && exec "$@"', group.entrance, *argv]


def _enterable(group: ControlGroup) -> bool:
    """Whether a process of ours can enter `group`. A trial process enters it and ends there."""
    return subprocess.run(entering(group, ["/bin/true"]), env={}, capture_output=True, check=False).returncode == 0


@dataclass(frozen=True)
class ControlGroup:
    """The group of one sandbox.

    Args:
        path: its directory.
    """

    path: Path

    @property
    def entrance(self) -> str:
        """The file for entering. A process enters by writing "0" to it."""
        return str(self.path / "cgroup.procs")

    def outgrew_memory(self) -> bool:
        """Whether the kernel ended something for want of memory."""
        try:
            events = (self.path / "memory.events").read_text().splitlines()
        except OSError:  # the kernel does not count here
            return False
        return any(line.startswith("oom_kill ") and line != "oom_kill 0" for line in events)

    def enter(self) -> None:
        """Move the calling process into the group.

        Raises:
            OSError: it is not allowed to.
        """
        Path(self.entrance).write_text("0")

    def end(self) -> None:
        """End every process in it. Those that it has forked meanwhile end too."""
        _write(self.path / "cgroup.kill", "1")  # missing before Linux 5.14: the tree is ended one by one as well

    def remove(self) -> None:
        """Remove the group, once the last process is gone. Safe to repeat."""
        deadline = time.monotonic() + _END_SECONDS
        while True:
            try:
                self.path.rmdir()
            except FileNotFoundError:
                return
            except OSError as error:
                # a process that cannot be ended holds it: that is reported elsewhere, and a later run removes the group
                if error.errno != errno.EBUSY or time.monotonic() > deadline:
                    return
                time.sleep(0.002)
            else:
                return


def _bound(path: Path, limits: Limits) -> None:
    """Set the limits that there are controllers for."""
    _write(path / "memory.max", str(limits.memory_bytes + ABOVE_THE_LIMIT_BYTES))
    _write(path / "memory.swap.max", "0")
    _write(path / "memory.oom.group", "1")
    _write(path / "pids.max", str(limits.processes + _ABOVE_THE_LIMIT_PROCESSES))


def make(limits: Limits) -> ControlGroup | None:
    """Make a group with `limits`. They hold as far as the kernel takes them; None where no group can be had."""
    for place in _places():
        _remove_forgotten(place)
        path = place / f"{_PREFIX}{os.getpid()}-{next(_numbers)}"
        try:
            path.mkdir()
        except OSError:  # not ours to change
            continue
        group = ControlGroup(path)
        if _enterable(group):
            _bound(group.path, limits)
            return group
        group.remove()
    return None


@contextlib.contextmanager
def removed_on_failure(group: ControlGroup | None) -> Iterator[None]:
    """Remove a group if what was to run fails."""
    try:
        yield
    except BaseException:
        if group is not None:
            group.end()
            group.remove()
        raise
