"""A notebook as a submission: its slice as one module, and the contract's three modules that re-export from it."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from grader.intake.limits import KIBIBYTE, MEBIBYTE, IntakeLimits, Refused
from grader.source.bounded import TooComplex, UnreadableSource, lax_sources, slice_notebook
from grader.source.contract import CONTRACT, MODULES

_SLICE = "notebook_cells"


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


def _reexport(names: tuple[str, ...], defined: frozenset[str]) -> str:
    present = ", ".join(name for name in names if name in defined)
    return f"from .{_SLICE} import {present}\n" if present else "# The notebook defines none of these names.\n"


def read_notebook(data: bytes, limits: IntakeLimits) -> dict[str, bytes]:
    """The files of a package that defines what the notebook does, without running its other cells.

    Args:
        data: the `.ipynb` file, or its first `limits.notebook_bytes + 1` bytes.
        limits: the bounds.

    Raises:
        Refused: it is no notebook, is too large or too complex, or defines none of the contract's names.
    """
    try:
        found = slice_notebook(read_sources(data, limits), limits.statements)
    except TooComplex:
        raise Refused("intake/too-complex") from None
    if found["too_long"]:
        raise Refused("intake/notebook-too-long", limit=limits.statements)
    defined = frozenset(found["names"])
    if not defined & CONTRACT:
        if found["unreadable"]:
            raise Refused("intake/notebook-cells", cells=map(str, found["unreadable"]), names=sorted(CONTRACT))
        raise Refused("intake/notebook-no-names", names=sorted(CONTRACT))
    module = found["module"].encode()
    if len(module) > limits.file_bytes:
        raise Refused("intake/file-too-large", file=f"{_SLICE}.py", limit_kb=limits.file_bytes // KIBIBYTE)
    files = {f"{name}.py": _reexport(names, defined).encode() for name, names in MODULES.items()}
    return {f"{_SLICE}.py": module, **files}
