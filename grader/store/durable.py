"""Durable writing: files are either old or new. They are whole, whatever happens in between."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from pathlib import Path

from grader.errors import GraderFault

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_KEPT_OF_NAME = 50  # at most 200 bytes, of the 255 a name may have


def _sync_folder(folder: Path) -> None:
    """Make a rename in `folder` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _holds(path: Path, content: bytes) -> bool:
    """Whether `path` is a file that holds `content`. A link to such a file is none."""
    try:
        status = path.lstat()
        return stat.S_ISREG(status.st_mode) and status.st_size == len(content) and path.read_bytes() == content
    except OSError:
        return False


def write_durably(path: Path, content: bytes) -> None:
    """Write `content` to `path` as a whole. Its folder is created where it is missing.

    Readers see the old content or the new one, never a part, also after sudden death; then at worst a hidden file
    ending in `.tmp` is left beside it. A link at `path` is replaced, not followed. A file that holds `content` already
    is left as it is, which spares waiting for the disk.

    Raises:
        GraderFault: it cannot be written (no space, no permission, a folder of that name).
    """
    temporary = path.with_name(f".{path.name[:_KEPT_OF_NAME]}.{secrets.token_hex(8)}.tmp")
    if _holds(path, content):
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)
    except OSError as error:
        way_out = "free some space" if error.errno in _NO_ROOM else "check its folder and who may write there"
        raise GraderFault(f"cannot write {path}: {error.strerror}; {way_out}, or choose another place") from None
