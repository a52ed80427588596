"""Files named by options. They are read when the command line is: what is done with them after is pure."""

from __future__ import annotations

from argparse import ArgumentTypeError
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from grader.errors import UsageError
from grader.legible import legible

if TYPE_CHECKING:
    from grader.roster import Roster

_MAX_BYTES = 64 * 1024 * 1024
"""Maximum bytes of a file. No course has a larger grade book."""


@dataclass(frozen=True)
class NamedFile:
    """A file that an option has named. It has the path and the bytes."""

    path: Path
    content: bytes

    @property
    def name(self) -> str:
        """The last part of the path, fit to be shown."""
        return legible(self.path.name)


def named_file(text: str) -> NamedFile:
    """Read the file at the path `text`.

    Raises:
        ArgumentTypeError: it cannot be read, or is larger than any table of a course.
    """
    try:
        with Path(text).open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no path"
        raise ArgumentTypeError(f"cannot read {legible(text)}: {why}") from None
    if len(content) > _MAX_BYTES:
        raise ArgumentTypeError(f"{legible(text)} is larger than any table of a course")
    return NamedFile(Path(text), content)


def roster(text: str) -> Roster:
    """Read the roster at the path `text`.

    Raises:
        ArgumentTypeError: it cannot be read, or is no roster.
    """
    from grader.roster import read_roster

    file = named_file(text)
    try:
        return read_roster(file.content, file.name)
    except UsageError as error:
        raise ArgumentTypeError(str(error)) from None
