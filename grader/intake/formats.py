"""File formats, told by the ending."""

from __future__ import annotations

from pathlib import PurePath
from typing import Literal

Format = Literal["zip", "tar.gz", "tar", "notebook"]

_ENDINGS: dict[str, Format] = {
    ".zip": "zip",
    ".tar.gz": "tar.gz",
    ".tgz": "tar.gz",
    ".tar": "tar",
    ".ipynb": "notebook",
}


def format_of(filename: str) -> Format | None:
    """Return the format of a packed submission. The file's name tells; None where it is no submission."""
    lowered = filename.lower()
    return next((kind for ending, kind in _ENDINGS.items() if lowered.endswith(ending)), None)


def stem(filename: str) -> str:
    """Strip the ending of its format from `filename`. "alice.tar.gz" gives "alice", "notes.txt" gives "notes"."""
    lowered = filename.lower()
    for ending in _ENDINGS:
        if lowered.endswith(ending) and len(filename) > len(ending):
            return filename[: -len(ending)]
    return PurePath(filename).stem
