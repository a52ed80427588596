"""Check of the directory of temporary files. Every sandbox has something in it, so it must be usable."""

from __future__ import annotations

import os
import tempfile

ANOTHER_PLACE = "free some room there, or set TMPDIR to another directory"
_ROOM_BYTES = 16 * 1024 * 1024
_ROOM_FILES = 512
"""Minimum of free files, for the grader's own.

They are a few hundred; how much a submission may write has a limit of its own.
"""


def _without_room(place: str) -> str | None:
    """Say what a directory lacks. None where it has room."""
    left = os.statvfs(place)
    free_bytes = left.f_bavail * left.f_frsize
    if free_bytes < _ROOM_BYTES:
        return f"{free_bytes // 1024} KiB are free in {place}, and {_ROOM_BYTES // 1024**2} MiB are needed"
    if left.f_files and left.f_favail < _ROOM_FILES:  # a file system that makes them as they come counts none
        return f"{place} has room for {left.f_favail} files, and {_ROOM_FILES} are needed"
    return None


def problem_with_place() -> str | None:
    """Say why temporary files cannot be made. It also says what to do; None where they can."""
    try:
        place = tempfile.gettempdir()
        lack = _without_room(place)
    except OSError as error:  # Python has tried TMPDIR, /tmp and more, and found none that it can write to
        return f"there is no directory for temporary files ({error.strerror}): {ANOTHER_PLACE}"
    if lack is not None:
        return f"{lack}: {ANOTHER_PLACE}"
    if os.pathsep in place:
        return f"lists of paths are split at the {os.pathsep!r} in {place}: set TMPDIR to another directory"
    return None
