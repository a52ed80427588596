"""Reads what `train` returns as numbers."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from ...protocol.observations import MAX_LOSSES


def numbers_in(returned: Any) -> tuple[list[float], bool]:
    """Return the numbers of a returned sequence.

    There are none where it holds anything else; it also tells whether some still carry a graph.
    """
    items = returned.tolist() if hasattr(returned, "tolist") else returned
    if not isinstance(items, list | tuple):
        return [], False
    items = list(items)[:MAX_LOSSES]
    if any(isinstance(item, str | bytes) for item in items):
        return [], False
    try:
        return [float(item) for item in items], any(isinstance(item, Tensor) and item.requires_grad for item in items)
    except (TypeError, ValueError):
        return [], False
