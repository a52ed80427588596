"""Signals that ask a command to end. They are Ctrl-C, a polite kill, a terminal that is closed.

Each becomes an exception in the main thread, so that whatever is open is closed on the way out: sandboxes are ended and
what is being written is finished or not begun. Nothing on that way is interrupted again.
"""

from __future__ import annotations

import signal
import weakref
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


_on_its_way: weakref.ref[Interrupted] | None = None
"""Leads to the signal's exception while it is handled. One that was lost lets the next signal in."""


def _interrupt(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - what a handler is called with
    global _on_its_way  # noqa: PLW0603 - signals are the process's
    if _on_its_way is None or _on_its_way() is None:
        interrupt = Interrupted(number)
        _on_its_way = weakref.ref(interrupt)
        try:
            raise interrupt
        finally:
            del interrupt  # else it would be kept by its own traceback


def _signals() -> list[signal.Signals]:
    """Return the signals to handle.

    They exist on this system, and nobody has told this process to ignore them, as `nohup` does.
    """
    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    return [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]


def handle_signals() -> None:
    """Raise `Interrupted` on signals that ask for the end. It is raised in the main thread from now on.

    While one is on its way, further signals are ignored.
    """
    for number in _signals():
        signal.signal(number, _interrupt)


def ignore_signals() -> None:
    """Ignore such signals until this process is gone. Programs that it would still start ignore them, too."""
    for number in _signals():
        signal.signal(number, signal.SIG_IGN)
