"""Data sets by name, as arrays of numpy; torch is never imported here."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from grader.datasets.base import Dataset
from grader.datasets.digits import load_digits
from grader.datasets.mnist import load_mnist
from grader.errors import DataError

__all__ = ["DATASETS", "Dataset", "load"]

DATASETS: dict[str, Callable[[Path | None, Callable[[str], None]], Dataset]] = {
    "mnist": load_mnist,
    "digits": lambda data_root, notify: load_digits(),
}


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def load(name: str, data_root: Path | None = None, *, notify: Callable[[str], None] = _to_stderr) -> Dataset:
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
