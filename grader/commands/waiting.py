"""Progress of what takes long, on stderr. There is some only on a terminal, and only after two seconds."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from threading import Timer
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rich.status import Status

T = TypeVar("T")
AFTER_SECONDS = 2.0
"""Seconds without a word. What ends before shows nothing."""


@contextmanager
def working(what: str) -> Generator[None]:
    """Show `what` while the body runs, for work that cannot be counted. Print to stdout after it, not in it."""
    if not sys.stderr.isatty():
        yield
        return
    shown: list[Status] = []

    def show() -> None:
        from rich.console import Console
        from rich.status import Status

        shown.append(Status(f"{what} …", console=Console(file=sys.stderr)))
        shown[0].start()

    timer = Timer(AFTER_SECONDS, show)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        for status in shown:
            status.stop()


def counted(items: Iterable[T], what: str, *, total: int | None = None, unit: str = "submission") -> Iterable[T]:
    """Yield `items` with a bar that counts them.

    Args:
        items: worked on one after the other.
        what: is done with them.
        total: their number; not needed where they have a length.
        unit: a word for one of them.
    """
    from tqdm import tqdm

    return tqdm(items, what, total, leave=False, file=sys.stderr, disable=None, delay=AFTER_SECONDS, unit=unit)
