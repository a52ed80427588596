"""Data sets by name, as arrays of numpy; torch is never imported here. A new one is a file and a line."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from grader.errors import DataError

if TYPE_CHECKING:
    from grader.datasets.base import Dataset

Load = Callable[[Path | None, Callable[[str], None]], "Dataset"]


def _late(module: str, name: str) -> Load:
    """Import a data set's file when it is loaded: its name alone costs a command line nothing."""

    def load(data_root: Path | None, notify: Callable[[str], None]) -> Dataset:
        """Import the file and load the data set."""
        dataset: Dataset = getattr(importlib.import_module(f"grader.datasets.{module}"), name)(data_root, notify)
        return dataset

    return load


DATASETS: Mapping[str, Load] = {
    "mnist": _late("mnist", "load_mnist"),
    "digits": _late("digits", "load_digits"),
}
"""`model.GRADED_DATASET` decides real grades; every other is for trying the kit, and every report says so."""


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
