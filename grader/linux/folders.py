"""Opening of folders that strangers may have made. No link is followed, whatever permissions were taken away."""

from __future__ import annotations

import os
import stat
import sys

DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
"""Flags of `os.open` for a directory as itself."""
_ON_LINUX = sys.platform == "linux"


def _make_accessible(name: str, above: int | None) -> None:
    """Give ourselves the permissions on a directory. It cannot be opened as it is."""
    if not _ON_LINUX:
        os.chmod(name, stat.S_IRWXU, dir_fd=above, follow_symlinks=False)
        return
    pinned = os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=above)
    try:
        os.chmod(f"/proc/self/fd/{pinned}", stat.S_IRWXU)  # noqa: PTH101 - not a path to follow: the descriptor
    finally:
        os.close(pinned)


def enter(name: str, above: int | None = None, *, alone: bool = False) -> int:
    """Open a directory, taking all permissions on it.

    A link of that name is not followed.

    Args:
        name: its name, or its path where `above` is None.
        above: the open directory that it is in.
        alone: take the permissions of everybody else on it away.

    Returns:
        A descriptor, which the caller closes.

    Raises:
        OSError: it is no directory (any more), or not ours.
    """
    try:
        opened = os.open(name, DIRECTORY, dir_fd=above)
    except PermissionError:
        _make_accessible(name, above)  # a submission may have taken the permissions away
        opened = os.open(name, DIRECTORY, dir_fd=above)
    mode = stat.S_IMODE(os.fstat(opened).st_mode)
    if mode & (0o7777 if alone else stat.S_IRWXU) != stat.S_IRWXU:
        os.fchmod(opened, stat.S_IRWXU)
    return opened
