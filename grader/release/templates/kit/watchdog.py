"""Ends code that does not end by itself.

It works on every system alike.

When the time is up, a thread looks where the watched code is and raises `TimeUp` in it, and again and again, as
`except:` may catch it. Where there are signals it comes by one, which also wakes `time.sleep`; elsewhere as an
asynchronous exception. The tests then go on.

Code that still runs after `GRACE_SECONDS` cannot be stopped: it catches everything in a loop, sleeps on Windows, or
keeps the interpreter for itself in C. Then `last_words.py`, a process of its own, prints what is known. The timer of
`faulthandler`, the only one that needs no turn of the interpreter, ends this process with exit code 1.
"""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from .protocol.raised import Frame

AGAIN_SECONDS = 0.1
"""Seconds between two interruptions. Some probes try your code several times, and each try may run into the loop."""
GRACE_SECONDS = 5.0
"""Seconds until code counts as one without end. They begin when its time is up."""
EXIT_SECONDS = 2.0
"""Seconds between last words and exit. Whoever started the process still sees them in time."""
_LAST_WORDS = Path(__file__).with_name("last_words.py")
_DEBUGGERS = ("bdb", "pdb", "pydevd", "debugpy")


class TimeUp(BaseException):
    """The watched code has used up its time. No `except Exception` catches it."""


@dataclass(frozen=True)
class LastWords:
    """Texts for a process that cannot print.

    Args:
        overdue: where it does not come back.
        died: where it ends in the middle.
        report: a file and a line to append to it where it does not come back; None without one.
    """

    overdue: str
    died: str
    report: tuple[str, str] | None = None


@dataclass
class Limit:
    """The time limit of one piece of code.

    `reached` is set once it is up, and `line` is where the code was then. It is None where that is not known.
    """

    reached: bool = False
    line: Frame | None = None


def _is_debugged() -> bool:
    """Whether a debugger follows this thread. It stops for as long as a person reads."""
    trace = sys.gettrace()
    module = str(getattr(trace, "__module__", None) or type(trace).__module__)
    if trace is not None and any(name in module for name in _DEBUGGERS):
        return True
    monitoring = getattr(sys, "monitoring", None)  # since Python 3.12
    return monitoring is not None and monitoring.get_tool(monitoring.DEBUGGER_ID) is not None


class _Alarm:
    """Raises `TimeUp` in its thread again and again. It begins after `seconds`, and ends when it is turned off.

    Args:
        limit: told when the time is up, and where the code was.
        seconds: until then.
        locate: finds the line in a stack.
        told: called once the limit is told. Nobody else notes anything at that time.
    """

    def __init__(
        self, limit: Limit, seconds: float, locate: Callable[[FrameType | None], Frame | None], told: Callable[[], None]
    ) -> None:
        self._limit, self._seconds = limit, seconds
        self._locate, self._told = locate, told
        self._target = threading.get_ident()
        self._off, self._lock = threading.Event(), threading.Lock()
        is_main = threading.current_thread() is threading.main_thread()
        self._by_signal = is_main and hasattr(signal, "SIGALRM") and hasattr(signal, "pthread_kill")
        if self._by_signal:
            self._before = signal.signal(signal.SIGALRM, self._handle)
        threading.Thread(target=self._ring, name="student-watchdog", daemon=True).start()

    def _handle(self, *_: object) -> None:
        if not self._off.is_set():
            raise TimeUp

    def _ring(self) -> None:
        wait = self._seconds
        while not self._off.wait(wait):
            wait = AGAIN_SECONDS
            with self._lock:  # none comes after it was turned off
                if self._off.is_set():
                    return
                is_first = not self._limit.reached
                if is_first:
                    self._limit.line = self._locate(sys._current_frames().get(self._target))
                self._limit.reached = True
                if self._by_signal:
                    signal.pthread_kill(self._target, signal.SIGALRM)
                else:
                    self._raise(ctypes.py_object(TimeUp))
                if is_first:
                    self._told()

    def _raise(self, exception: ctypes.py_object[type[BaseException]] | None) -> None:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self._target), exception)

    def turn_off(self) -> None:
        """Raise no more. What has been raised and has not arrived is taken back."""
        self._off.set()
        with self._lock:
            if self._by_signal:
                signal.signal(signal.SIGALRM, self._before or signal.SIG_DFL)
            elif self._limit.reached:
                self._raise(None)


class Watchdog:
    """Gives pieces of code a time limit.

    Args:
        last_words: makes the texts for the piece of code that comes next, with the line where it was in the end.
        locate: finds the line of that code in a stack; None where there is none.
    """

    def __init__(
        self,
        last_words: Callable[[Frame | None], LastWords],
        locate: Callable[[FrameType | None], Frame | None],
    ) -> None:
        self._last_words, self._locate = last_words, locate
        self._teller: subprocess.Popen[bytes] | None = None
        self._nowhere = open(os.devnull, "wb")  # noqa: PTH123, SIM115 - where `faulthandler` writes at any time
        self._call_off: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Start the process that prints last words. Stdout has to be the real one now."""
        with contextlib.suppress(OSError):  # a system that starts no processes: then nothing is printed in the end
            self._teller = subprocess.Popen([sys.executable, "-I", "-S", str(_LAST_WORDS)], stdin=subprocess.PIPE)

    def close(self) -> None:
        """End that process."""
        self._note("")  # closing stdin is not enough: a process that the code has left behind may hold it open
        if self._teller is not None:
            self._teller.wait()
            self._teller = None

    def _note(self, note: object) -> None:
        if self._teller is not None and self._teller.stdin is not None:
            with contextlib.suppress(OSError):  # it was ended by somebody
                self._teller.stdin.write(json.dumps(note).encode() + b"\n")
                self._teller.stdin.flush()

    @contextlib.contextmanager
    def limit(self, seconds: float) -> Iterator[Limit]:
        """Run the body for `seconds` at most.

        Raises:
            TimeUp: in the body, perhaps several times. Where the body has caught it, the limit says `reached`.
        """
        limit = Limit()
        if _is_debugged():
            yield limit
            return
        overdue = time.monotonic() + seconds + GRACE_SECONDS

        def note() -> None:
            words = self._last_words(limit.line)
            last = {"overdue": words.overdue, "died": words.died, "report": words.report}
            self._note({"seconds": max(0.0, overdue - time.monotonic()), **last})

        note()
        faulthandler.dump_traceback_later(seconds + GRACE_SECONDS + EXIT_SECONDS, exit=True, file=self._nowhere)
        alarm = _Alarm(limit, seconds, self._locate, note)

        def call_off() -> None:
            alarm.turn_off()
            faulthandler.cancel_dump_traceback_later()
            self._note(None)

        self._call_off = call_off
        try:
            yield limit
        finally:
            try:
                alarm.turn_off()
            except TimeUp:  # it came at the last moment
                alarm.turn_off()
            self.call_off()

    def call_off(self) -> None:
        """Stop watching what runs now. A debugger has stopped it."""
        call_off, self._call_off = self._call_off, lambda: None
        call_off()
