"""What was read of a submission: the files of its package, and what their source tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from grader.reading import NearMiss, Place, Reading


@dataclass(frozen=True)
class Contents:
    """The files by path in the package, and the reading of a notebook; that of a package is still to be made."""

    files: dict[str, bytes]
    reading: Reading = field(default_factory=Reading)


def near_miss(found: Mapping[str, Any], reading: Reading) -> NearMiss:
    """What `grader.source` tells of a misplaced name; of a notebook, by its `reading` so far, in cells."""
    cell, line = int(found["cell"]), int(found["line"])
    place = Place("", line, cell) if cell else reading.place_of(found["file"], line)
    return NearMiss(found["name"], found["kind"], found["found"], place, found["scope"])
