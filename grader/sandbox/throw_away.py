"""Throw-away users and their scratch directories. They exist for one sandbox only."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.errors import GraderFault
from grader.protocol.limits import Limits
from grader.sandbox.process_tree import with_room
from grader.sandbox.scratch import claim, give_back, remove

UIDS = range(60600, 61100)
"""Ids of throw-away users. Neither systemd's table of user ids nor any distribution hands them out."""

CLAIMS = Path("/run")
"""The directory of root's claims on these ids. It is one place for all graders of a machine."""


@dataclass(frozen=True)
class Scratch:
    """A fresh directory for one sandbox.

    Args:
        path: without links.
        uid: the throw-away user that it is for; None where the person who runs the grader stays who they are.
        claim: the claim on that user, see `scratch.claim`; empty for none.
    """

    path: Path
    uid: int | None = None
    claim: str = ""

    def remove(self) -> None:
        """Give everything back. Safe to repeat.

        Raises:
            OSError: something in it cannot be removed.
        """
        remove(str(self.path))
        if self.claim:
            give_back(self.claim, str(self.path))


def scratch_directory() -> Scratch:
    """Make a directory that only this user can enter."""
    return Scratch(Path(tempfile.mkdtemp(prefix="grader-sandbox-")).resolve())


def _claims() -> Path:
    """Find where claims are made.

    The directory of temporary files stands in where the usual place cannot be written to.
    """
    return CLAIMS if os.access(CLAIMS, os.W_OK) else Path(tempfile.gettempdir()).resolve()


def scratch_and_uid() -> Scratch:
    """Make a directory, and claim a user id. No other running sandbox has that id.

    Raises:
        GraderFault: all ids are taken.
    """
    fresh, place = scratch_directory(), _claims()
    with removed_on_failure(fresh):
        start = secrets.randbelow(len(UIDS))
        for step in range(len(UIDS)):
            uid = UIDS[(start + step) % len(UIDS)]
            if claimed := claim(str(place), uid, str(fresh.path)):
                return Scratch(fresh.path, uid, claimed)
        raise GraderFault(f"{place}: there is a grader-sandbox-… link for every throw-away user; remove the old ones")


def for_a_sandbox(limits: Limits) -> tuple[Scratch, Limits]:
    """Make a sandbox's directory and limits.

    As root a throw-away user has the directory, else the limits get room beside it.

    Raises:
        GraderFault: all ids are taken.
    """
    if os.geteuid() == 0:
        return scratch_and_uid(), limits
    return scratch_directory(), with_room(limits)


@contextlib.contextmanager
def removed_on_failure(scratch: Scratch) -> Iterator[None]:
    """Remove a directory if what was to run fails."""
    try:
        yield
    except BaseException:
        scratch.remove()
        raise
