"""What the fields of an observation have to be so that they fit each other."""

from __future__ import annotations


def need(fits: bool, what: str) -> None:
    """Called while an observation is decoded: one that makes no sense is a broken message, not a matter to judge."""
    if not fits:
        raise ValueError(what)
