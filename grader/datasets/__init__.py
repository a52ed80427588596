"""Data sets by name, as arrays of numpy. Torch is never imported here. A new one is a file and a line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from grader.errors import DataError
from grader.late import late
from grader.telling import tell

if TYPE_CHECKING:
    from grader.datasets.base import Dataset

Load = Callable[[Path | None, Callable[[str], None]], "Dataset"]


DATASETS: Mapping[str, Load] = {
    "mnist": late("grader.datasets.mnist:load_mnist"),
    "digits": late("grader.datasets.digits:load_digits"),
}
"""Loaders of the data sets by name. `categories.GRADED_DATASET` decides real grades; every other is for trying the kit,
and every report says so."""


_AT_HAND: Mapping[str, Callable[[], Dataset | None]] = {
    "mnist": late("grader.datasets.mnist:find_mnist"),
    "digits": late("grader.datasets.digits:load_digits"),
}


def at_hand(name: str) -> Dataset | None:
    """Load the data set `name` without downloading. None where it is not on this machine, or unknown."""
    try:
        return _AT_HAND[name]() if name in _AT_HAND else None
    except DataError:
        return None


def load(name: str, data_root: Path | None = None, *, notify: Callable[[str], None] = tell) -> Dataset:
    """The data set `name`, found or downloaded, and verified. One is never swapped for another.

    Args:
        name: a key of `DATASETS`.
        data_root: for "mnist", the only place to look; None means `$GRADER_DATA_ROOT`, the cache, the network.
        notify: called with one line about anything done beyond reading, such as a download.

    Raises:
        DataError: unknown, missing, damaged or unreadable.
    """
    if name not in DATASETS:
        raise DataError(f"no data set is called {name!r}: choose one of {', '.join(DATASETS)}")
    return DATASETS[name](data_root, notify)
