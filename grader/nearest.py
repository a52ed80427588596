"""Suggestions for mistyped names."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_LIKENESS = 0.65  # two letters swapped in `none`, or one forgotten, is a mistyped word; `show` is no mistyped `none`


def nearest(typed: str, names: Iterable[str]) -> str | None:
    """Return the name that `typed` most likely stands for. None where it resembles none of `names`."""
    by_lower = {name.lower(): name for name in names}
    found = difflib.get_close_matches(typed.lower(), by_lower, n=1, cutoff=_LIKENESS)
    return by_lower[found[0]] if found else None


def did_you_mean(typed: str, names: Iterable[str]) -> str:
    """Return the end of a message about an unknown name. It names the one that was meant, or is empty."""
    meant = nearest(typed, names)
    return "" if meant is None else f"; did you mean `{meant}`?"
