"""A submission as read. It has the files of its package, and what their source tells."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from grader.intake.selection import renames
from grader.reading import NearMiss, Place, Reading


@dataclass(frozen=True)
class Contents:
    """The files of a submission, by path in the package.

    Of a notebook also its reading, and the `names` of the contract it defines.
    """

    files: dict[str, bytes]
    reading: Reading = field(default_factory=Reading)
    names: frozenset[str] = frozenset()


def misnamed(files: Iterable[str]) -> tuple[NearMiss, ...]:
    """Return modules of the contract under other names.

    They are files of the package that were meant to be such modules.
    """
    return tuple(
        NearMiss(str(said.data["wanted"]), "file", str(said.data["file"]), Place("", 1)) for said in renames(files)
    )
