"""The processes below one process, and their end. It can be told who they are.

Linux lists the children of every thread in /proc; elsewhere `ps` is asked. A process that ends while it is looked at
is simply no longer part of the tree: every reader here treats a vanished file so.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

from grader.protocol.limits import Limits

ON_LINUX = sys.platform == "linux"
KIBIBYTE = 1024
_OTHER_TASKS_OF_A_PERSON = 512
_STATE, _FLAGS, _THREADS, _STARTED = 0, 6, 17, 19
"""Positions in /proc/PID/stat after the name."""
_EXITING = 0x4  # PF_EXITING of the kernel's flags


def read(path: str) -> str:
    """Read a file of /proc. "" when the process is gone or is not ours to see."""
    try:
        with open(path, errors="replace") as file:  # noqa: PTH123 - asked several times a second
            return file.read()
    except OSError:
        return ""


def threads(pid: int) -> list[str]:
    """List the ids of a process's threads. They are as /proc names them."""
    try:
        return os.listdir(f"/proc/{pid}/task")  # noqa: PTH208 - asked several times a second
    except OSError:
        return []


def table() -> dict[int, tuple[int, int]]:
    """Ask `ps` for parents and resident bytes. Processes that have ended are left out, and `ps` itself."""
    command = ["/bin/ps", "-axo", "pid=,ppid=,rss=,stat="]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as asked:
        rows = [line.split() for line in asked.communicate()[0].splitlines()]
    if asked.returncode:
        raise subprocess.CalledProcessError(asked.returncode, command)
    found = {int(pid): (int(parent), int(size) * KIBIBYTE) for pid, parent, size, state in rows if state[0] != "Z"}
    found.pop(asked.pid, None)
    return found


def children(pid: int) -> list[int]:
    """List the direct children of `pid`. Ended ones that nobody has waited for are included."""
    if not ON_LINUX:
        return [child for child, (parent, _) in table().items() if parent == pid]
    lists = [read(f"/proc/{pid}/task/{thread}/children") for thread in threads(pid)]
    return [int(child) for listing in lists for child in listing.split()]


def descendants(pid: int) -> list[int]:
    """List all processes below `pid`. Parents come before their children, and `pid` is not in the list."""
    found: list[int] = []
    seen = {pid}
    waiting = [pid]
    while waiting:
        for child in children(waiting.pop()):
            if child not in seen:
                seen.add(child)
                found.append(child)
                waiting.append(child)
    return found


def _alive(stat: str) -> bool:
    """Whether a /proc/PID/stat shows a running process.

    A process may end its first thread and go on with the others: then it looks like one that has ended, but for the
    number of its threads, of which the first counts as one until the last has ended.
    """
    fields = stat.rpartition(")")[2].split()
    return bool(fields) and (fields[_STATE] not in "ZX" or int(fields[_THREADS]) > 1)


def _ending(pid: int) -> bool:
    """Whether a process has ended or cannot fork. It may be about to end.

    The first of a process namespace ends when all others in it have been waited for.
    """
    fields = read(f"/proc/{pid}/stat").rpartition(")")[2].split() if ON_LINUX else []
    return ended(pid) or (bool(fields) and int(fields[_FLAGS]) & _EXITING > 0 and int(fields[_THREADS]) <= 1)


def ended(pid: int) -> bool:
    """Whether a process has ended with all threads. It may have been waited for or not."""
    return not _alive(read(f"/proc/{pid}/stat")) if ON_LINUX else pid not in table()


def started(pid: int) -> str:
    """Return when a process was started. That tells it from a later one with the same id; "" where unknown."""
    fields = read(f"/proc/{pid}/stat").rpartition(")")[2].split() if ON_LINUX else []
    return fields[_STARTED] if fields else ""


def still_running(known: dict[int, str]) -> list[int]:
    """List the known processes that still run. `known` has what `started` said of each."""
    return [pid for pid, start in known.items() if started(pid) == start and not ended(pid)]


def of_user(uid: int) -> list[int]:
    """List the processes of a user. They may be anywhere in the tree; Linux only."""
    about = {int(name): read(f"/proc/{name}/status") for name in os.listdir("/proc") if name.isdigit()}  # noqa: PTH208
    line = f"\nUid:\t{uid}\t"
    return [pid for pid, status in about.items() if line in status and not ended(pid)]


def tasks(pids: list[int]) -> int:
    """Count processes and threads together."""
    return sum(len(threads(pid)) for pid in pids) if ON_LINUX else len(pids)


def tasks_of_this_user() -> int:
    """Count this user's processes and threads. The user's limit on processes bounds this number."""
    if not ON_LINUX:
        return len(table())
    count = 0
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with contextlib.suppress(OSError):  # ended meanwhile
                count += len(threads(int(entry.name))) if entry.stat().st_uid == os.getuid() else 0
    return count


def with_room(limits: Limits) -> Limits:
    """Raise the limit on processes by those outside.

    The limit counts all that this user runs, so it has to be above what comes and goes beside a sandbox.

    What the sandbox itself has of them is watched from outside.
    """
    return replace(limits, processes=tasks_of_this_user() + _OTHER_TASKS_OF_A_PERSON + limits.processes)


def signal_each(pids: list[int], number: int = signal.SIGKILL) -> None:
    """Send a signal to processes that may be gone.

    They may have ended meanwhile, or belong to a service and not to us.
    """
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def _reap() -> bool:
    """Wait for ended children. True where no child is left, which the kernel knows best."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return True
    return False


def end_descendants(seconds: float) -> bool:
    """End everything below the calling process. The processes are waited for; the caller adopts orphans
    (`linux.process`).

    The dead are waited for only when nothing lives any more that could fork: until then they keep their places in the
    limit on processes, so that a tree which forks as fast as it is killed runs out of places. They are sent the signal
    too: one that looks dead may be no more than a process without its first thread.

    Args:
        seconds: when to give up.

    Returns:
        Whether none is left.
    """
    deadline = time.monotonic() + seconds
    while True:
        found = descendants(os.getpid())
        if all(_ending(pid) for pid in found) and _reap() and not descendants(os.getpid()):
            return True
        if time.monotonic() > deadline:
            return False
        signal_each(found)
        time.sleep(0.001)
