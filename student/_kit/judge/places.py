"""Messages within messages for places in a submission. Cells of a notebook that cannot be read have messages too."""

from __future__ import annotations

from ..reading import Place, UnreadableCell
from ..verdict import Filling, Said


def place_of(place: Place) -> Said | str:
    """`net.py:12`, or a cell and its line."""
    if place.cell:
        return Said("place/cell", {"cell": place.cell, "line": place.line})
    return f"{place.file}:{place.line}"


def unread(cell: UnreadableCell) -> Said:
    """Why nothing in a cell counts."""
    data: dict[str, Filling] = {"where": place_of(cell.place), "exception": cell.error, "code": cell.code}
    if cell.names:
        return Said("structure/cell-unreadable", data | {"names": ", ".join(cell.names)})
    return Said("structure/cell-unreadable-too", data)
