"""A notebook as a submission. Its slice is one module, and the contract's three modules re-export from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sized
from functools import cache, partial
from pathlib import PurePosixPath
from typing import Any, TypeVar

import msgspec

from grader.intake.contents import Contents
from grader.intake.limits import KIBIBYTE, MEBIBYTE, IntakeLimits, Refused
from grader.intake.selection import Member, collect
from grader.source.bounded import TooComplex, UnreadableSource, lax_sources, slice_notebook
from grader.source.contract import CONTRACT
from grader.source.package import FILE, package_of, reading_of, written_by_cells

NO_NAMES = "intake/notebook-no-names"
"""The id of the message that a notebook has nothing of the assignment in it."""
_EMPTY_TEXT, _EMPTY_LIST = msgspec.Raw(b'""'), msgspec.Raw(b"[]")
_BYTES_OF_A_CHARACTER = 8
"""Maximum bytes of a character of code in JSON.

There are six of an escape (`\\u0434`), and what stands around a line.
"""
_CHARACTERS_OF_A_LINE = 8
"""Minimum average length of a line of code.

Shorter lines by the hundred thousand are not code, and each becomes an object.
"""
_ItemT = TypeVar("_ItemT", bound=msgspec.Struct)


class _Cell(msgspec.Struct):
    """A cell whose source is not yet decoded. All else, outputs first, is skipped without being built."""

    cell_type: str = ""
    source: msgspec.Raw = _EMPTY_TEXT
    input: msgspec.Raw = _EMPTY_TEXT
    """The source in nbformat 3."""


class _Worksheet(msgspec.Struct):
    cells: msgspec.Raw = _EMPTY_LIST


class _Notebook(msgspec.Struct):
    """The part of nbformat that is read."""

    cells: msgspec.Raw = _EMPTY_LIST
    worksheets: msgspec.Raw = _EMPTY_LIST


@cache
def _first_items(item: type[msgspec.Struct], count: int) -> type[msgspec.Struct]:
    """Return a type that decodes a list's first items.

    There are `count`; the rest is skipped, and no object made of it.
    """
    fields = [(f"item_{number}", item | msgspec.UnsetType, msgspec.UNSET) for number in range(count)]
    return msgspec.defstruct(f"First{item.__name__}s", fields, array_like=True)


def _items(listed: msgspec.Raw, item: type[_ItemT], most: int) -> list[_ItemT]:
    """Decode at most `most` + 1 items of a JSON list."""
    first = msgspec.json.decode(listed, type=_first_items(item, most + 1))
    return [found for found in msgspec.structs.astuple(first) if found is not msgspec.UNSET]


def _check_number(items: Sized, limits: IntakeLimits) -> None:
    if len(items) > limits.cells:
        raise Refused("intake/notebook-too-many-cells", limit=limits.cells)


def _cells(notebook: _Notebook, limits: IntakeLimits) -> list[_Cell]:
    """Return the cells of a notebook. Those on worksheets are among them."""
    sheets = _items(notebook.worksheets, _Worksheet, limits.cells)
    _check_number(sheets, limits)
    cells: list[_Cell] = []
    for listed in (notebook.cells, *(sheet.cells for sheet in sheets)):
        cells += _items(listed, _Cell, limits.cells)
        _check_number(cells, limits)
    return cells


def _check_written(cells: Iterable[_Cell], limits: IntakeLimits) -> None:
    """Refuse code that is too long before decoding it.

    Its length is told by its bytes and, line by line, by its quotes.
    """
    written = [source for cell in cells for source in (cell.source, cell.input)]
    length = sum(len(memoryview(source)) for source in written)
    quotes = sum(bytes(source).count(b'"') for source in written) if length > limits.file_bytes else 0
    most_lines = limits.total_bytes // _CHARACTERS_OF_A_LINE
    if length > _BYTES_OF_A_CHARACTER * limits.total_bytes or quotes > 2 * most_lines:
        raise _too_large(limits)


def _too_large(limits: IntakeLimits) -> Refused:
    return Refused("intake/too-large", limit_kb=limits.total_bytes // KIBIBYTE)


def _text(source: msgspec.Raw) -> str:
    text = msgspec.json.decode(source, type=str | list[str])
    return text if isinstance(text, str) else "".join(text)


def _strictly(data: bytes, limits: IntakeLimits) -> list[str]:
    """Read the code cells' sources from valid JSON. Every other value raises as `msgspec` does."""
    cells = _cells(msgspec.json.decode(data, type=_Notebook), limits)
    code = [cell for cell in cells if cell.cell_type == "code"]
    _check_written(code, limits)
    return [_text(cell.source) or _text(cell.input) for cell in code]


def _sources(data: bytes, limits: IntakeLimits) -> list[str]:
    """Read the sources, also from lax JSON. A lax program may write NaN among the outputs, or half of an emoji."""
    try:
        return _strictly(data, limits)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        try:
            sources = lax_sources(data, limits.cells + 1)
        except (TooComplex, UnreadableSource):
            raise Refused("intake/notebook-broken") from None
    _check_number(sources, limits)
    return sources


def read_sources(data: bytes, limits: IntakeLimits) -> list[str]:
    """Read the sources of a notebook's code cells, in order.

    No more is built of it than is taken: a notebook of twenty megabytes could hold millions of empty cells or lines.

    Args:
        data: the `.ipynb` file, or its first `limits.notebook_bytes + 1` bytes.
        limits: the bounds; the code alone counts towards `total_bytes`.

    Raises:
        Refused: it is no notebook, or too large.
    """
    if len(data) > limits.notebook_bytes:
        raise Refused("intake/notebook-too-large", limit_mb=limits.notebook_bytes // MEBIBYTE)
    sources = _sources(data.removeprefix(b"\xef\xbb\xbf"), limits)
    if sum(map(len, sources)) > limits.total_bytes:
        raise _too_large(limits)
    return sources


def _check_names(found: Mapping[str, Any]) -> None:
    """Refuse a notebook that is not about the assignment. It has no name of it, and none that resembles one."""
    if not (found["names"] or found["unreadable"] or found["near_misses"]):
        raise Refused(NO_NAMES, names=sorted(CONTRACT))


def _first_bytes(content: bytes, most: int) -> bytes:
    return content[:most]


def _written_files(found: Mapping[str, Any], limits: IntakeLimits) -> dict[str, bytes]:
    """Collect the modules that cells write to files. They are taken as if they had been handed in."""
    members = (
        Member(PurePosixPath(path).parts, "file", len(text), partial(_first_bytes, text))
        for path, text in written_by_cells(found).items()
    )
    return collect(members, limits)


def read_notebook(data: bytes, limits: IntakeLimits) -> Contents:
    """Turn a notebook into a package. It defines what the notebook does, without running its other cells.

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
    files = package_of(found, _written_files(found, limits))
    if len(files.get(FILE, b"")) > limits.file_bytes:
        raise Refused("intake/too-large", limit_kb=limits.file_bytes // KIBIBYTE)
    return Contents(files, reading_of(found), frozenset(found["names"]))
