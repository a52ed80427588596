"""Turns a notebook's slice into a package, and reads it.

The grader and the student's own `check` make the same package of the same cells.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..reading import NearMiss, Origin, Place, Reading, UnreadableCell
from .contract import MODULES

_SLICE = "notebook_cells"
FILE = f"{_SLICE}.py"
"""The module that holds the slice."""
_REEXPORT = f"from .{_SLICE} import *\n".encode()
"""Whatever the cells define when they are run, which can be less than they seem to: branches may be left out."""


def near_miss(found: Mapping[str, Any], reading: Reading) -> NearMiss:
    """Build a near miss at its place in the notebook.

    Args:
        found: as `definitions.near_misses` has it.
        reading: of a notebook so far, which knows the cells.
    """
    cell, line = int(found["cell"]), int(found["line"])
    place = Place("", line, cell) if cell else reading.place_of(found["file"], line)
    return NearMiss(found["name"], found["kind"], found["found"], place, found["scope"])


def reading_of(found: Mapping[str, Any]) -> Reading:
    """Build the reading of a notebook.

    Args:
        found: as `slice_sources` returns it.
    """
    origins = [Origin(FILE, *origin) for origin in found["origins"]]
    origins += [Origin(path, *origin) for path, (_, lines) in found["written"].items() for origin in lines]
    unreadable = tuple(
        UnreadableCell(Place("", cell["line"], cell["cell"]), cell["error"], cell["code"], tuple(cell["names"]))
        for cell in found["unreadable"]
    )
    reading = Reading(True, tuple(sorted(origins, key=lambda one: (one.file, one.line))), unreadable)
    return replace(reading, near_misses=tuple(near_miss(miss, reading) for miss in found["near_misses"]))


def _module(name: str, found: Mapping[str, Any], files: Mapping[str, bytes]) -> bytes:
    """Build one module: a cell's own, completed from the slice."""
    path = f"{name}.py"
    if path not in files:
        return _REEXPORT if found["module"] else b""
    lacking = [each for each in MODULES[name] if each in found["names"] and each not in found["at_home"]]
    return files[path] + (f"from .{_SLICE} import {', '.join(lacking)}\n".encode() if lacking else b"")


def package_of(found: Mapping[str, Any], written: Mapping[str, bytes]) -> dict[str, bytes]:
    """Build the files of the package, by path.

    Args:
        found: as `slice_sources` returns it.
        written: those of the modules that cells write which are kept.
    """
    files = dict(written)
    if found["module"]:
        files[FILE] = found["module"].encode()
    return files | {f"{name}.py": _module(name, found, files) for name in MODULES}


def written_by_cells(found: Mapping[str, Any]) -> dict[str, bytes]:
    """List the modules that cells write to files."""
    return {path: text.encode(errors="replace") for path, (text, _) in found["written"].items()}
