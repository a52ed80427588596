"""Users that exist for one sandbox only."""

from __future__ import annotations

import contextlib
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

from grader.errors import GraderFault
from grader.sandbox.scratch import remove

UIDS = range(60600, 61100)
"""Ids that neither systemd's table of user ids nor any distribution hands out."""


def scratch_directory() -> Path:
    """A fresh directory that only this user can enter."""
    return Path(tempfile.mkdtemp(prefix="grader-sandbox-")).resolve()


def scratch_and_uid() -> tuple[Path, int]:
    """A fresh directory, and a user id that no other running sandbox has: the directory is the claim on it.

    Raises:
        GraderFault: all ids are taken.
    """
    root = Path(tempfile.gettempdir()).resolve()
    start = secrets.randbelow(len(UIDS))
    for step in range(len(UIDS)):
        uid = UIDS[(start + step) % len(UIDS)]
        path = root / f"grader-sandbox-{uid}"
        try:
            path.mkdir(mode=0o700)
        except FileExistsError:
            continue
        return path, uid
    raise GraderFault(f"{root}: a grader-sandbox-… directory for every throw-away user is there; remove the old ones")


@contextlib.contextmanager
def removed_on_failure(directory: Path) -> Iterator[None]:
    """Give a directory up when what was to run in it does not start."""
    try:
        yield
    except BaseException:
        remove(str(directory))
        raise
