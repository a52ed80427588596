"""The resource use of processes. It is memory, and files that have no name.

Everything is read from /proc, several times a second, so each figure comes in a cheap form that is never too low; only
where that passes a bound the exact one is asked for. A process without its first thread shows nothing of itself under
its own number, so it is looked at through a thread that runs.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from grader.sandbox.process_tree import KIBIBYTE, ON_LINUX, read, table, threads
from grader.sandbox.scratch import MAX_ENTRIES

_RESIDENT = ("RssAnon:", "RssShmem:")
_SHARES = ("Pss_Anon:", "Pss_Shmem:", "SwapPss:")
_KERNELS = ("VmPTE:", "HugetlbPages:")
_USUAL_BUFFER, _MOST_BUFFER, _ONE_MESSAGE = 212_992, 1 << 20, 1 << 16


def _kilobytes(text: str, *names: str) -> int:
    """Add up the named fields of a status."""
    fields = (line.split() for line in text.splitlines() if line.startswith(names))
    return sum(int(field[1]) for field in fields)


def view(pid: int) -> tuple[str, str]:
    """Return a process's directory in /proc, and its status. The directory shows what the process has."""
    path = f"/proc/{pid}"
    status = read(f"{path}/status")
    if status and "\nRssAnon:" not in status and "\nThreads:\t1\n" not in status:
        for thread in threads(pid):
            inner = read(f"{path}/task/{thread}/status")
            if "\nRssAnon:" in inner:
                return f"{path}/task/{thread}", inner
    return path, status


def most_in_a_socket() -> int:
    """Return how many bytes a socket may hold. The kernel may keep as much; the filter lets nobody enlarge the buffer.

    Where a machine's default is unusually large it is taken for less, or honest loader workers would seem too large.
    """
    text = read("/proc/sys/net/core/wmem_default").strip()
    return min(int(text) if text.isdecimal() else _USUAL_BUFFER, _MOST_BUFFER) + _ONE_MESSAGE


def _descriptors(path: str, status: str) -> int:
    """Count the open descriptors of a process.

    Where the kernel does not count them it is the size of the process's table.
    """
    try:
        counted = os.stat(f"{path}/fd").st_size  # noqa: PTH116 - since Linux 6.2
    except OSError:
        return 0
    return counted or _kilobytes(status, "FDSize:")


def _link(path: str) -> str:
    """Read where a link leads. "" where it is gone."""
    try:
        return os.readlink(path)  # noqa: PTH115
    except OSError:  # closed meanwhile
        return ""


def _sockets(path: str) -> set[str]:
    """List the open sockets of a process. They are as the kernel names them; none where it may not be looked into."""
    try:
        links = [_link(entry.path) for entry in os.scandir(f"{path}/fd")]
    except OSError:  # ended, or not ours to look into
        return set()
    return {link for link in links if link.startswith("socket:")}


def most_bytes(pids: list[int]) -> int:
    """Return an upper bound on `exact_bytes`. What is shared counts for each process, and each descriptor as a socket.

    Cheap, and never too low.
    """
    if not ON_LINUX:
        rows = table()
        return sum(rows[pid][1] for pid in pids if pid in rows)
    total, buffer = 0, most_in_a_socket()
    for path, status in map(view, pids):
        total += KIBIBYTE * _kilobytes(status, *_RESIDENT, *_KERNELS, "VmSwap:")
        total += buffer * _descriptors(path, status)
    return total


def exact_bytes(pids: list[int]) -> int:
    """Return the memory of processes.

    It is private and shared, in swap too, with page tables, and the most that the open sockets can hold.

    What is shared counts once in all. Takes the kernel some milliseconds for a gigabyte. A process that may not be
    looked into counts in full.
    """
    if not ON_LINUX:
        return most_bytes(pids)
    total = 0
    sockets: set[str] = set()
    for path, status in map(view, pids):
        share = _kilobytes(read(f"{path}/smaps_rollup"), *_SHARES) or _kilobytes(status, *_RESIDENT, "VmSwap:")
        total += KIBIBYTE * (share + _kilobytes(status, *_KERNELS))
        sockets |= _sockets(path)
    return total + len(sockets) * most_in_a_socket()


@dataclass
class Nameless:
    """Deleted files that processes still hold. They have no name, and are held by descriptor or by mapping.

    Args:
        bytes_by_file: on disk, by device and inode.
        closed: the processes that could not be looked into.
    """

    bytes_by_file: dict[tuple[int, int], int] = field(default_factory=dict)
    closed: list[int] = field(default_factory=list)

    def total(self) -> int:
        """Add up the bytes of all files, each counted once."""
        return sum(self.bytes_by_file.values())

    def _add(self, status: os.stat_result) -> None:
        """Count a file if it has no name."""
        if status.st_nlink == 0:
            self.bytes_by_file[status.st_dev, status.st_ino] = status.st_blocks * 512

    def open_in(self, pid: int) -> None:
        """Add the files that a process has open."""
        try:
            descriptors = list(os.scandir(f"{view(pid)[0]}/fd"))
        except PermissionError:
            self.closed.append(pid)
            return
        except OSError:  # ended
            return
        for descriptor in descriptors:
            try:
                self._add(descriptor.stat())
            except OSError:  # closed meanwhile
                continue

    def mapped_in(self, pid: int, folder: str, largest: int) -> None:
        """Add the files of `folder` that a process has mapped.

        The kernel tells root alone how large one is that is not open too: for others it counts as the `largest`.
        """
        path = view(pid)[0]
        for line in read(f"{path}/maps").splitlines():
            if not line.endswith(" (deleted)") or folder not in line:
                continue
            where, _, _, device, inode, *_ = line.split()
            try:
                self._add(os.stat(f"/proc/{pid}/map_files/{where}"))  # noqa: PTH116
            except OSError:
                major, minor = (int(part, 16) for part in device.split(":"))
                self.bytes_by_file.setdefault((os.makedev(major, minor), int(inode)), largest)


def too_many_files(pids: list[int], path: str, size: int) -> bool:
    """Whether a mounted file system has too many files. Processes have it at `path`, and it has `size` bytes.

    Each takes memory of the kernel's, however small it is. False where it cannot be looked at.
    """
    for pid in reversed(pids):  # the first may not have changed its root yet
        try:
            about = os.statvfs(f"/proc/{pid}/root{path}")
        except OSError:  # ended, or not ours to look into
            continue
        if 0 <= about.f_blocks * about.f_frsize - size < about.f_frsize:
            return about.f_files - about.f_ffree > MAX_ENTRIES
    return False
