"""Signals that ask a command to end. They are Ctrl-C, a polite kill, a terminal that is closed.

Each becomes an exception in the main thread, so that whatever is open is closed on the way out: sandboxes are ended and
what is being written is finished or not begun. Whoever is on that way out says so (`ignore_further_signals`), and is
not interrupted again.
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
_BASE = 128
"""Offset of exit codes after a signal. Shells add it to the number of the signal that has ended a command."""


class Interrupted(KeyboardInterrupt):
    """The command was asked to end. Its notes say how far it was.

    Args:
        number: of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__()
        self.exit_code = _BASE + number


def _interrupt(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - what a handler is called with
    raise Interrupted(number)


def _signals() -> list[signal.Signals]:
    """Return the signals to handle.

    They exist on this system, and nobody has told this process to ignore them, as `nohup` does.
    """
    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    return [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]


def handle_signals() -> None:
    """Raise `Interrupted` on signals that ask for the end. It is raised in the main thread from now on."""
    for number in _signals():
        signal.signal(number, _interrupt)


def _ignore_signals() -> None:
    """Ignore such signals from now on. Programs that are started later have their usual handlers."""
    for number in _signals():
        signal.signal(number, lambda *_: None)


@contextlib.contextmanager
def ignore_further_signals() -> Iterator[None]:
    """Ignore further signals after a first one. The first has begun the end, inside the `with`."""
    try:
        yield
    except Interrupted:
        _ignore_signals()
        raise
