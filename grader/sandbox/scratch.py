"""Private scratch directories on disk, for backends that cannot mount one."""

from __future__ import annotations

import os
import stat
import uuid
from collections.abc import Iterator

_MAX_ENTRIES = 100_000


def used_bytes(root: str) -> int | None:
    """Bytes that the files below `root` take on disk.

    None when that cannot be told: too many files, too deep, or a directory that was made unreadable.
    """
    total, entries, waiting = 0, 0, [root]
    while waiting:
        try:
            for entry in os.scandir(waiting.pop()):
                entries += 1
                status = entry.stat(follow_symlinks=False)
                total += status.st_blocks * 512
                if stat.S_ISDIR(status.st_mode):
                    waiting.append(entry.path)
        except FileNotFoundError:
            continue  # removed while we looked
        except OSError:
            return None
        if entries > _MAX_ENTRIES:
            return None
    return total


def _open_directory(path: str) -> Iterator[os.DirEntry[str]]:
    os.chmod(path, 0o700)  # noqa: PTH101 - the submission may have taken the permissions away
    return os.scandir(path)


def remove(root: str) -> None:
    """Remove a scratch directory with whatever a submission left in it. Safe to repeat; nothing runs in it any more.

    Directories below others are moved up before they are emptied, so that no depth of nesting exhausts the stack, the
    descriptors or the length of a path.

    Raises:
        OSError: something in it cannot be removed.
    """
    if not os.path.isdir(root):  # noqa: PTH112
        return
    while entries := list(_open_directory(root)):
        for entry in entries:
            if not entry.is_dir(follow_symlinks=False):
                os.unlink(entry.path)  # noqa: PTH108
                continue
            for inner in _open_directory(entry.path):
                if inner.is_dir(follow_symlinks=False):
                    os.chmod(inner.path, 0o700)  # noqa: PTH101 - moving a directory writes to it
                    os.rename(inner.path, f"{root}/{uuid.uuid4().hex}")  # noqa: PTH104
                else:
                    os.unlink(inner.path)  # noqa: PTH108
            os.rmdir(entry.path)  # noqa: PTH106
    os.rmdir(root)  # noqa: PTH106
