"""How a command is asked to end before its end: Ctrl-C, a polite kill, a terminal that is closed.

Each becomes an exception in the main thread, so that whatever is open is closed on the way out: sandboxes are ended and
what is being written is finished or not begun. Whoever is on that way out says so (`undisturbed`), and is not
interrupted again.
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
_BASE = 128
"""What shells add to the number of the signal that has ended a command."""


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
    """Those that there are on this system and that nobody has told this process to ignore, as `nohup` does."""
    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    return [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]


def heed() -> None:
    """From now on signals that ask for the end raise `Interrupted` in the main thread."""
    for number in _signals():
        signal.signal(number, _interrupt)


def _disregard() -> None:
    """From now on such signals do nothing. Programs that are started later have their usual handlers."""
    for number in _signals():
        signal.signal(number, lambda *_: None)


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Let no second signal disturb the end that a first one, inside, has begun."""
    try:
        yield
    except Interrupted:
        _disregard()
        raise
