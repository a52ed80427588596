"""Private scratch directories, and claims on throw-away users.

The directories are on disk, for backends that cannot mount one.

Theory of operation
-------------------
Whoever removes a scratch directory may be root, and what lies in it was made by a stranger. So no name in it is ever
followed: each directory is opened as itself, never through a link, and everything happens relative to an open
descriptor. Should something of the sandbox still run, against all that is done to end it, then it can make the removal
fail but not turn it against other files.

A claim is a symbolic link, named after the user id, to the scratch directory that it is for: it is made in one step
or not at all, and only the sandbox whose directory it names gives it back, however often that is asked for.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
import uuid

from grader.linux.folders import enter

MAX_ENTRIES = 10_000
"""Maximum number of files of a sandbox.

Each takes memory of the kernel's, a moment at every look, and another to remove.
"""
REMOVE_SECONDS = 60.0
"""Seconds for removing a directory. After that it counts as one that cannot be removed."""


def used_bytes(root: str) -> int | None:
    """Return the bytes on disk below `root`.

    None when that cannot be told: too many files, too deep, or a directory that was made unreadable.
    """
    total, entries, waiting = 0, 0, [root]
    while waiting:
        try:
            for entry in os.scandir(waiting.pop()):
                entries += 1
                if entries > MAX_ENTRIES:
                    return None
                status = entry.stat(follow_symlinks=False)
                total += status.st_blocks * 512
                if stat.S_ISDIR(status.st_mode):
                    waiting.append(entry.path)
        except FileNotFoundError:
            continue  # removed while we looked
        except OSError:
            return None
    return total


def _hoist(name: str, above: int, top: int) -> None:
    """Move a directory to the top. That writes to it, so it has to be ours to write."""
    os.close(enter(name, above, alone=True))
    os.rename(name, uuid.uuid4().hex, src_dir_fd=above, dst_dir_fd=top)


def _empty(name: str, top: int) -> None:
    """Empty a directory at the top. The directories in it are moved up, beside it."""
    here = enter(name, top, alone=True)
    try:
        for entry in list(os.scandir(here)):
            if entry.is_dir(follow_symlinks=False):
                _hoist(entry.name, here, top)
            else:
                os.unlink(entry.name, dir_fd=here)
    finally:
        os.close(here)


def remove(root: str) -> None:
    """Remove a scratch directory with all its contents.

    A submission has left them; safe to repeat; nothing runs in it any more.

    Directories below others are moved up before they are emptied, so that no depth of nesting exhausts the stack, the
    descriptors or the length of a path.

    Raises:
        OSError: something in it cannot be removed, or it is not empty after `REMOVE_SECONDS`.
    """
    try:
        top = enter(root, alone=True)
    except FileNotFoundError:
        return
    deadline = time.monotonic() + REMOVE_SECONDS
    try:
        while entries := list(os.scandir(top)):
            for entry in entries:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{root} cannot be emptied in {REMOVE_SECONDS:.0f} s")
                if entry.is_dir(follow_symlinks=False):
                    _empty(entry.name, top)
                    os.rmdir(entry.name, dir_fd=top)
                else:
                    os.unlink(entry.name, dir_fd=top)
    finally:
        os.close(top)
    os.rmdir(root)  # noqa: PTH106


def claim(place: str, user: int, root: str) -> str | None:
    """Claim a user id for a sandbox.

    `root` is the scratch directory of the sandbox. Return the claim's path, None where another has it.

    Raises:
        OSError: `place` cannot be written to.
    """
    path = f"{place}/grader-sandbox-{user}"
    try:
        os.symlink(root, path)  # noqa: PTH211
    except FileExistsError:
        return None
    return path


def claimed_user(path: str) -> int | None:
    """Return the user id of a claim. None for no claim."""
    return int(path.rpartition("-")[2]) if path else None


def give_back(path: str, root: str) -> None:
    """Give back a sandbox's claim.

    The sandbox has this scratch directory. Safe to repeat: it leaves what others have.
    """
    with contextlib.suppress(OSError):  # given back already, or there was none
        if os.readlink(path) == root:  # noqa: PTH115
            os.unlink(path)  # noqa: PTH108
