"""Messages within messages for places in a submission. Cells of a notebook that cannot be read have messages too."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..protocol.raised import Frame
from ..reading import Place, UnreadableCell
from ..verdict import Filling, Said
from .marks import fail


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


def refuse_without_effect(places: Sequence[Frame], of: str) -> None:
    """Fail for a layer whose result `forward` throws away.

    Args:
        places: statements that name something, or call it and take no result.
        of: to be found in the layer's own name.

    Raises:
        Misconception: `places` hold such a layer.
    """
    for place in places:
        name, bracket, _ = place.code.partition("(")
        if re.search(of, name.rpartition(".")[2], re.IGNORECASE):
            hint = "structure/result-unused" if bracket else "structure/layer-only-named"
            fail(hint, where=f"{place.file}:{place.line}", code=place.code)
