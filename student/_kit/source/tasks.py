"""Tasks on strangers' source, from data to data. They run in the grader's process or in a child."""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Callable, Collection
from pathlib import PurePosixPath
from typing import Any

from .cells import Cell, Unreadable, WrittenModule, cell_of
from .contract import CONTRACT, MODULES, PACKAGE
from .definitions import definitions, near_misses
from .slicing import Statement, sliced, statements_of, unguarded

_DEFINES = re.compile(r"^[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", re.MULTILINE)
_ASSIGNS = re.compile(r"^[ \t]*([\w, \t]+?)[ \t]*(?::[^=\n]*)?=(?!=)", re.MULTILINE)
TOO_MUCH = 75
"""The exit code of a child that noticed a bound."""


def _module(statements: list[Statement]) -> tuple[str, list[list[int]]]:
    """Join statements to a module, with their origins. Every statement says which cell it comes from."""
    parts, origins, line = [], [], 1
    for statement in sorted(statements, key=lambda statement: not statement.is_future_import):
        parts.append(f"# In[{statement.cell}]\n{statement.text}")
        origins.append([line + 1 + statement.added, statement.cell, statement.line])
        line += parts[-1].count("\n") + 2
    return "\n\n".join(parts) + "\n", origins


_CONTRACT_FILES = frozenset(f"{name}.py" for name in MODULES)


def _path_in_package(path: str, roots: Collection[PurePosixPath]) -> str:
    """Return the place of a written module in the package.

    It was written to `path`, and belongs beside those of the contract, which lie in `roots`.
    """
    own = PurePosixPath(path)
    if own.name in _CONTRACT_FILES:
        return own.name
    nearest = next((folder for folder in own.parents if folder in roots), None)
    own = own.relative_to(nearest) if nearest else own
    return own.name if own.is_absolute() or ".." in own.parts else own.as_posix()


def written_modules(modules: list[WrittenModule]) -> dict[str, tuple[str, list[list[int]]]]:
    """The text of every module that cells write, as it is in the end, and where its lines come from."""
    written = [PurePosixPath(module.path) for module in modules]
    roots = {PurePosixPath(PACKAGE), *(path.parent for path in written if path.name in _CONTRACT_FILES)}
    files: dict[str, tuple[list[str], list[list[int]]]] = {}
    lines: dict[str, int] = {}
    for module in modules:
        path = _path_in_package(module.path, roots)
        if not module.appends:
            files.pop(path, None)
            lines.pop(path, None)
        texts, origins = files.setdefault(path, ([], []))
        origins.append([lines.get(path, 0) + 1, module.number, 2])
        texts.append(f"{module.text}\n")
        lines[path] = lines.get(path, 0) + texts[-1].count("\n")
    return {path: ("".join(texts), origins) for path, (texts, origins) in files.items()}


def _body_of(source: str | bytes) -> list[ast.stmt]:
    """Parse a module's statements. There are none where it is no Python, which importing it will tell."""
    try:
        return ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _home(name: str) -> str:
    """Return the file where the contract wants `name`."""
    return next(f"{module}.py" for module, names in MODULES.items() if name in names)


def _names_in(source: str) -> list[str]:
    """Guess the names that an unreadable cell defines. They are names of the contract."""
    found = {*_DEFINES.findall(source), *re.findall(r"\w+", " ".join(_ASSIGNS.findall(source)))}
    return sorted(found & CONTRACT)


def _unreadable(cells: list[Unreadable]) -> list[dict[str, Any]]:
    return [
        {"cell": one.number, "line": one.line, "error": one.error, "code": one.code, "names": _names_in(one.source)}
        for one in sorted(cells, key=lambda one: (one.number, one.line))
    ]


def slice_sources(sources: list[str], most: int, wanted: Collection[str] = CONTRACT) -> dict[str, Any]:
    """Slice a notebook to what the contract's names need.

    Args:
        sources: of its code cells, in order.
        most: top-level statements it may have.
        wanted: the names that are looked for, of the contract's.

    Returns:
        `module`: the slice as source, "" where it is empty.
        `origins`: (line, cell, line in cell) wherever the module goes on with another statement.
        `written`: text and origins of the modules that cells write, by path in the package.
        `names`: those of the contract that the slice or a written module defines.
        `at_home`: those that a written module defines where the contract wants them.
        `unreadable`: cells that are no Python.
        `near_misses`: as `definitions` has them.
        `too_long`: whether there are more statements, and so no slice.
    """
    read = [cell_of(number, source) for number, source in enumerate(sources, start=1)]
    cells = [cell for cell in read if isinstance(cell, Cell)]
    written = written_modules([cell for cell in read if isinstance(cell, WrittenModule)])
    found = {path: definitions(path, _body_of(text)) for path, (text, _) in written.items()}
    at_home = {
        name for name in CONTRACT if any(one.name == name and not one.inside for one in found.get(_home(name), ()))
    }
    too_long = sum(1 for cell in cells for _ in unguarded(cell.body)) > most
    modules = [path.removesuffix(".py").partition("/")[0] for path in written]
    statements = [] if too_long else statements_of(cells, modules)
    kept = sliced([one for one in statements if isinstance(one, Statement)], frozenset(wanted) - at_home)
    module, origins = _module(kept)
    read_in = [] if too_long else cells
    found[""] = [one for cell in read_in for one in definitions("", cell.body, cell=cell.number)]
    return {
        "module": module if kept else "",
        "origins": origins,
        "written": {path: [text, origins] for path, (text, origins) in written.items()},
        "names": sorted(at_home | {name for statement in kept for name in statement.binds & CONTRACT}),
        "at_home": sorted(at_home),
        "unreadable": _unreadable([one for one in [*read, *statements] if isinstance(one, Unreadable)]),
        "near_misses": near_misses(found),
        "too_long": too_long,
    }


def misplaced(sources: dict[str, str]) -> list[dict[str, Any]]:
    """Find what stands in place of missing names. The modules of a package lack them; see `definitions.near_misses`.

    Args:
        sources: by path in the package, their bytes as Latin-1.
    """
    bodies = {path: _body_of(source.encode("latin-1")) for path, source in sources.items()}
    return near_misses({path: definitions(path, body) for path, body in bodies.items()})


def parse(sources: list[str]) -> None:
    """Parse each source (its bytes as Latin-1), whatever comes of it."""
    for source in sources:
        _body_of(source.encode("latin-1"))


def code_cells(notebook: str, most: int) -> list[str] | None:
    """Return the sources of a notebook's first code cells.

    There are at most `most`; only Python's own parser takes such a notebook, and it builds all of it.

    None where it is no notebook all the same.
    """
    try:
        document = json.loads(notebook)
        cells = [*document.get("cells", [])]
        for sheet in document.get("worksheets", []):
            cells += sheet["cells"]
        sources = [cell.get("source") or cell.get("input", "") for cell in cells if cell["cell_type"] == "code"]
        return ["".join(source) for source in sources[:most]]
    except (ValueError, TypeError, AttributeError, LookupError):
        return None


TASKS: dict[str, Callable[..., Any]] = {
    "slice": slice_sources,
    "parse": parse,
    "cells": code_cells,
    "misplaced": misplaced,
}


def perform(task: str, arguments: list[Any]) -> Any:
    """Perform a task, and return its answer. What Python remarks on a source is not for the grader's stderr."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return TASKS[task](*arguments)
