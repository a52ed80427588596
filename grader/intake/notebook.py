"""A notebook as a submission: its slice as one module, and the contract's three modules that re-export from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import PurePosixPath
from typing import Any

import msgspec

from grader.intake.contents import Contents, near_miss
from grader.intake.limits import KIBIBYTE, MEBIBYTE, IntakeLimits, Refused
from grader.intake.selection import Member, collect
from grader.reading import Origin, Place, Reading, UnreadableCell
from grader.source.bounded import TooComplex, UnreadableSource, lax_sources, slice_notebook
from grader.source.contract import CONTRACT, MODULES

_SLICE = "notebook_cells"
_FILE = f"{_SLICE}.py"
_REEXPORT = f"from .{_SLICE} import *\n".encode()
"""Whatever the cells define when they are run, which can be less than they seem to: branches may be left out."""


class _Cell(msgspec.Struct):
    cell_type: str = ""
    source: str | list[str] = ""
    input: str | list[str] = ""
    """What nbformat 3 called `source`."""


class _Worksheet(msgspec.Struct):
    cells: list[_Cell] = []


class _Notebook(msgspec.Struct):
    """The part of nbformat that is read; all else, outputs first, is skipped without being built."""

    cells: list[_Cell] = []
    worksheets: list[_Worksheet] = []


def _sources(notebook: _Notebook) -> Iterator[str]:
    for cell in notebook.cells + [cell for sheet in notebook.worksheets for cell in sheet.cells]:
        if cell.cell_type == "code":
            source = cell.source or cell.input
            yield source if isinstance(source, str) else "".join(source)


def _decoded(data: bytes) -> _Notebook:
    """The notebook in `data`, also where a lax program wrote it: with NaN among its outputs, or half of an emoji."""
    try:
        return msgspec.json.decode(data, type=_Notebook)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        try:
            return _Notebook([_Cell("code", source) for source in lax_sources(data)])
        except (TooComplex, UnreadableSource):
            raise Refused("intake/notebook-broken") from None


def read_sources(data: bytes, limits: IntakeLimits) -> list[str]:
    """The sources of a notebook's code cells, in order.

    Args:
        data: the `.ipynb` file, or its first `limits.notebook_bytes + 1` bytes.
        limits: the bounds; the code alone counts towards `total_bytes`.

    Raises:
        Refused: it is no notebook, or too large.
    """
    if len(data) > limits.notebook_bytes:
        raise Refused("intake/notebook-too-large", limit_mb=limits.notebook_bytes // MEBIBYTE)
    sources = list(_sources(_decoded(data.removeprefix(b"\xef\xbb\xbf"))))
    if sum(map(len, sources)) > limits.total_bytes:
        raise Refused("intake/too-large", limit_kb=limits.total_bytes // KIBIBYTE)
    return sources


def _check_names(found: Mapping[str, Any]) -> None:
    """Refuse a notebook that has nothing to do with the assignment: no name of it, and none that resembles one."""
    if not (found["names"] or found["unreadable"] or found["near_misses"]):
        raise Refused("intake/notebook-no-names", names=sorted(CONTRACT))


def _reading(found: Mapping[str, Any]) -> Reading:
    origins = [Origin(_FILE, *origin) for origin in found["origins"]]
    origins += [Origin(path, *origin) for path, (_, lines) in found["written"].items() for origin in lines]
    unreadable = tuple(
        UnreadableCell(Place("", cell["line"], cell["cell"]), cell["error"], cell["code"], tuple(cell["names"]))
        for cell in found["unreadable"]
    )
    reading = Reading(True, tuple(sorted(origins, key=lambda one: (one.file, one.line))), unreadable)
    return replace(reading, near_misses=tuple(near_miss(miss, reading) for miss in found["near_misses"]))


def _first_bytes(content: bytes, most: int) -> bytes:
    return content[:most]


def _module(name: str, found: Mapping[str, Any], files: Mapping[str, bytes]) -> bytes:
    """The contract's module `name`: as a cell has written it, and with what other cells define for it."""
    path = f"{name}.py"
    if path not in files:
        return _REEXPORT if found["module"] else b""
    lacking = [each for each in MODULES[name] if each in found["names"] and each not in found["at_home"]]
    return files[path] + (f"from .{_SLICE} import {', '.join(lacking)}\n".encode() if lacking else b"")


def _written_files(found: Mapping[str, Any], limits: IntakeLimits) -> dict[str, bytes]:
    """The modules that cells write to files, taken as if they had been handed in."""
    texts = {path: text.encode(errors="replace") for path, (text, _) in found["written"].items()}
    members = (
        Member(PurePosixPath(path).parts, "file", len(text), partial(_first_bytes, text))
        for path, text in texts.items()
    )
    return collect(members, limits)


def read_notebook(data: bytes, limits: IntakeLimits) -> Contents:
    """A package that defines what the notebook does, without running its other cells.

    Args:
        data: the `.ipynb` file, or its first `limits.notebook_bytes + 1` bytes.
        limits: the bounds.

    Raises:
        Refused: it is no notebook, is too large or too complex, or has nothing of the contract's names.
    """
    try:
        found = slice_notebook(read_sources(data, limits), limits.statements)
    except TooComplex:
        raise Refused("intake/too-complex") from None
    if found["too_long"]:
        raise Refused("intake/notebook-too-long", limit=limits.statements)
    _check_names(found)
    files = _written_files(found, limits)
    if module := found["module"].encode():
        files[_FILE] = module
    if len(module) > limits.file_bytes:
        raise Refused("intake/too-large", limit_kb=limits.file_bytes // KIBIBYTE)
    files |= {f"{name}.py": _module(name, found, files) for name in MODULES}
    return Contents(files, _reading(found), frozenset(found["names"]))
