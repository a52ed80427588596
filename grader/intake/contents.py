"""What was read of a submission: the files of its package, and what their source tells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from grader.intake.selection import renames
from grader.reading import NearMiss, Place, Reading


@dataclass(frozen=True)
class Contents:
    """The files by path in the package. Of a notebook also its reading, and the `names` of the contract it defines."""

    files: dict[str, bytes]
    reading: Reading = field(default_factory=Reading)
    names: frozenset[str] = frozenset()


def near_miss(found: Mapping[str, Any], reading: Reading) -> NearMiss:
    """What `grader.source` tells of a misplaced name; of a notebook, by its `reading` so far, in cells."""
    cell, line = int(found["cell"]), int(found["line"])
    place = Place("", line, cell) if cell else reading.place_of(found["file"], line)
    return NearMiss(found["name"], found["kind"], found["found"], place, found["scope"])


def misnamed(files: Iterable[str]) -> tuple[NearMiss, ...]:
    """The files of a package that were meant to be modules of the contract, which lie there under other names."""
    return tuple(
        NearMiss(str(said.data["wanted"]), "file", str(said.data["file"]), Place("", 1)) for said in renames(files)
    )
