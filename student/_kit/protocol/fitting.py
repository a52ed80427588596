"""Checks that the fields of an observation fit together."""

from __future__ import annotations


def need(fits: bool, what: str) -> None:
    """Raise ValueError unless `fits`, while an observation is decoded.

    One that makes no sense is a broken message, not a matter to judge.
    """
    if not fits:
        raise ValueError(what)
