"""Translates places in verdicts into a notebook's cells.

Its author knows cells and lines, not the modules that we have made of it.
"""

from __future__ import annotations

import re
from dataclasses import replace

from ..reading import Reading
from ..verdict import Filling, Said, Verdict
from .places import place_of, unread

_MODULE = re.compile(r"(?:net|objective|training|notebook_cells)\.py")
_MOST_CELLS = 2
_LINE = re.compile(r"(.+):(\d+)")


def _place(where: str, reading: Reading) -> Filling:
    """Translate a place in a module into a cell.

    It is one that `advice.where` has made of a frame, or a file of the contract.
    """
    if _MODULE.fullmatch(where):
        return Said("place/notebook")
    found = _LINE.fullmatch(where)
    return place_of(reading.place_of(found[1], int(found[2]))) if found else where


def _in_cells(value: Filling, reading: Reading) -> Filling:
    if isinstance(value, Said):
        return Said(value.hint, {name: _filling(name, each, reading) for name, each in value.data.items()})
    if isinstance(value, tuple):
        return tuple(each for part in value if isinstance(each := _in_cells(part, reading), Said))
    return value


def _filling(name: str, value: Filling, reading: Reading) -> Filling:
    return _place(value, reading) if name == "where" and isinstance(value, str) else _in_cells(value, reading)


def in_cells(verdict: Verdict, reading: Reading) -> Verdict:
    """Translate every place in `verdict` into a cell.

    What is not defined while it runs may stand in a cell that cannot be read, which is told first.
    """
    if not reading.is_notebook:
        return verdict
    data = {name: _filling(name, each, reading) for name, each in verdict.data.items()}
    undefined = str(data.get("exception", "")).startswith("NameError")
    if undefined and reading.unreadable and verdict.hint is not None:
        cells = tuple(map(unread, reading.unreadable[:_MOST_CELLS]))
        return replace(
            verdict, hint="outcome/cell-unreadable", data={"cells": cells, "rest": (Said(verdict.hint, data),)}
        )
    return replace(verdict, data=data)
