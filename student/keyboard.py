"""Single keys of a terminal, without Enter. Lines where stdin is no terminal."""

import contextlib
import os
import select
import sys
import time
from types import TracebackType
from typing import Self

if sys.platform == "win32":
    import msvcrt
else:
    import signal
    import termios
    import tty

_ESCAPE = "\x1b"
"""First character of keys without a letter."""
_SPECIAL = ("\x00", "\xe0")
"""The same on Windows, followed by one more character."""
_CTRL_C = "\x03"
_TICK_SECONDS = 0.05


class Keyboard:
    """Reads keys while open as a context. The terminal is left as it was."""

    def __init__(self) -> None:
        try:
            self._stdin: int | None = sys.stdin.fileno()
        except (AttributeError, OSError, ValueError):  # closed, or replaced by something that is no file
            self._stdin = None
        self._terminal = self._stdin if self._stdin is not None and os.isatty(self._stdin) else None
        self.has_keys = self._terminal is not None

    def __enter__(self) -> Self:
        if sys.platform != "win32" and (terminal := self._terminal) is not None:
            self._before = termios.tcgetattr(terminal)
            tty.setcbreak(terminal)
            # a shell that has stopped this (Ctrl-Z) gives the terminal back as it likes it itself
            self._handler = signal.signal(signal.SIGCONT, self._take_again)
        return self

    def _take_again(self, *_: object) -> None:
        """Read single keys again after a stop. A terminal that is closed sends this signal, too."""
        if sys.platform != "win32" and self._terminal is not None:
            with contextlib.suppress(termios.error):
                tty.setcbreak(self._terminal)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if sys.platform != "win32" and self._terminal is not None:
            signal.signal(signal.SIGCONT, self._handler)
            with contextlib.suppress(termios.error):  # the terminal is gone
                termios.tcsetattr(self._terminal, termios.TCSADRAIN, self._before)

    def pressed(self, seconds: float) -> str:
        """Return typed keys in small letters. "" where that was nothing for so many seconds, or no letter."""
        if sys.platform == "win32":
            return self._pressed_on_windows(seconds)
        if self._stdin is None or not select.select([self._stdin], [], [], seconds)[0]:
            if self._stdin is None:
                time.sleep(seconds)
            return ""
        try:
            typed = os.read(self._stdin, 1024).decode(errors="ignore")
        except OSError:  # the terminal is gone
            typed = ""
        if not typed:
            self._stdin = None
        return "" if typed.startswith(_ESCAPE) else typed.strip().lower()

    def _pressed_on_windows(self, seconds: float) -> str:
        end = time.monotonic() + seconds
        while sys.platform == "win32" and time.monotonic() < end:
            if self.has_keys and msvcrt.kbhit():
                key = msvcrt.getwch()
                if key == _CTRL_C:
                    raise KeyboardInterrupt
                if key in _SPECIAL:
                    msvcrt.getwch()
                    return ""
                return key.strip().lower()
            time.sleep(_TICK_SECONDS)
        return ""
