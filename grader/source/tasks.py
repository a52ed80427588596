"""What is done with strangers' source, from plain data to plain data, in the grader's process or in a child."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from typing import Any

from grader.source.cells import cell_of
from grader.source.literals import data_and_documentation
from grader.source.slicing import Statement, slice_cells

TOO_MUCH = 75
"""How a child ends that ran into a bound and noticed."""


def _module(statements: list[Statement]) -> str:
    """The slice as source; every statement says which cell it comes from, so that a traceback can be read."""
    ordered = sorted(statements, key=lambda statement: not statement.is_future_import)
    return "\n\n".join(f"# In[{statement.cell}]\n{statement.text}" for statement in ordered) + "\n"


def slice_sources(sources: list[str], most: int) -> dict[str, Any]:
    """What the contract's names rest on in a notebook.

    Args:
        sources: of its code cells, in order.
        most: top-level statements it may have.

    Returns:
        `module`: the slice as source, `names` it defines, `unreadable`: the numbers of cells that are no Python,
        `too_long`: whether there are more statements, and so no slice.
    """
    read = {number: cell_of(number, source) for number, source in enumerate(sources, start=1)}
    cells = [cell for cell in read.values() if cell]
    too_long = sum(len(cell.body) for cell in cells) > most
    statements = [] if too_long else slice_cells(cells)
    return {
        "module": _module(statements),
        "names": sorted({name for statement in statements for name in statement.binds}),
        "unreadable": [number for number, cell in read.items() if cell is None],
        "too_long": too_long,
    }


def count(sources: list[str]) -> list[tuple[int, int]]:
    """For each source (its bytes as Latin-1) the bytes of its data, and of its documentation."""
    return [data_and_documentation(source.encode("latin-1")) for source in sources]


def code_cells(notebook: str) -> list[str] | None:
    """The sources of the code cells of a notebook that only Python's own parser takes; it builds all of it.

    None where it is no notebook all the same.
    """
    try:
        document = json.loads(notebook)
        cells = [*document.get("cells", [])]
        for sheet in document.get("worksheets", []):
            cells += sheet["cells"]
        sources = [cell.get("source") or cell.get("input", "") for cell in cells if cell["cell_type"] == "code"]
        return ["".join(source) for source in sources]
    except (ValueError, TypeError, AttributeError, LookupError):
        return None


TASKS: dict[str, Callable[..., Any]] = {"slice": slice_sources, "count": count, "cells": code_cells}


def perform(task: str, arguments: list[Any]) -> Any:
    """The answer of a task. What Python remarks on a source is not for the grader's stderr."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return TASKS[task](*arguments)
