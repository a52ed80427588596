"""The table of what runs, drawn anew a few times a second where stderr is a terminal.

A line for each submission that is being executed, and one below them for the whole run. What a submission's process
has told of its training is a stranger's: numbers that no training has are not shown.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import mean
from typing import TYPE_CHECKING, TextIO, cast

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions
from rich.text import Text

from grader.report.escape import one_line

if TYPE_CHECKING:
    from grader.protocol.messages import Progress
    from grader.report.escape import Translate

PER_SECOND = 4
_MOST_EPOCHS = 100_000
_GAP = "  "
_LEAST_ROOM = 16
"""Columns below which a line holds the name alone."""
_MINUTE, _HOUR = 60, 3600


class _Forgiving:
    """A stream that takes what is written whether or not anybody can read it: a terminal may be closed at any time."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write `text` if that is possible."""
        try:
            return self._stream.write(text)
        except OSError:
            return len(text)

    def flush(self) -> None:
        """Flush if that is possible."""
        try:
            self._stream.flush()
        except OSError:
            return


def terminal() -> Console | None:
    """The terminal that stderr is, if a table can be drawn there anew and anew; else None."""
    if not sys.stderr.isatty():
        return None
    console = Console(file=cast("TextIO", _Forgiving(sys.stderr)), highlight=False, markup=False, emoji=False)
    return None if console.is_dumb_terminal else console


def clock(seconds: float) -> str:
    """A duration as clocks show it: 0:07, 12:34, 1:02:03."""
    minutes, rest = divmod(int(max(0.0, seconds)), _MINUTE)
    hours, minutes = divmod(minutes, _MINUTE)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _cut(text: str, width: int) -> Text:
    """`text` in exactly `width` columns of a terminal, where letters may take two of them."""
    cut = Text(text, no_wrap=True)
    cut.truncate(width, overflow="ellipsis", pad=True)
    return cut


@dataclass
class _Row:
    """A submission that is being executed: since when by the board's clock, and where it is."""

    begun: float
    phase: str
    progress: Progress | None = None


class Board:
    """What is known of a run while it goes on, and how it looks on a terminal. Any thread may tell it.

    Args:
        total: the number of submissions.
        translate: makes the words, in one language.
        slots: how many submissions are executed at a time.
        now: the clock, in seconds.
    """

    def __init__(
        self, total: int, translate: Translate, *, slots: int = 1, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._total, self._translate, self._slots, self._now = total, translate, slots, now
        self._lock = threading.Lock()
        self._rows: dict[str, _Row] = {}
        self._durations: list[float] = []
        self._done = self._failed = 0

    def hear(self, submission: str, phase: str, progress: Progress | None) -> None:
        """Note where a submission is."""
        with self._lock:
            row = self._rows.setdefault(submission, _Row(self._now(), phase))
            row.phase, row.progress = phase, progress

    def end(self, submission: str, *, passed: bool) -> None:
        """Note that a submission is done, executed or not."""
        with self._lock:
            self._done += 1
            self._failed += not passed
            if (row := self._rows.pop(submission, None)) is not None:
                self._durations.append(self._now() - row.begun)

    def seconds_left(self) -> float | None:
        """How long the rest takes, if it takes as long as what was executed in this run; None before anything was."""
        with self._lock:
            if not self._durations:
                return None
            usual, now = mean(self._durations), self._now()
            running = [max(0.0, usual - (now - row.begun)) for row in self._rows.values()]
            waiting = max(0, self._total - self._done - len(running))
        return max([(waiting * usual + sum(running)) / self._slots, *running])

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """As many lines as the terminal is high, none wider than it is."""
        with self._lock:
            rows = [(one_line(name), self._status(row), self._now() - row.begun) for name, row in self._rows.items()]
        width, room = options.max_width, max(1, console.size.height - 3)
        if len(rows) > room:
            left_out = len(rows) - room
            rows = rows[:room]
        else:
            left_out = 0
        yield from _aligned(rows, width)
        if left_out:
            yield _cut(self._translate("progress/more", {"count": left_out}), width)
        if self._total > 1:
            yield _cut(self._foot(), width)

    def _status(self, row: _Row) -> str:
        phase, progress = self._translate(f"progress/{row.phase}", {}), row.progress
        if progress is None or not 0 < progress.n_epochs <= _MOST_EPOCHS:
            return phase
        epoch = max(1, min(progress.epoch, progress.n_epochs))
        return f"{phase}{_GAP}" + self._translate("progress/epoch", {"epoch": epoch, "n_epochs": progress.n_epochs})

    def _foot(self) -> str:
        with self._lock:
            data = {"done": self._done, "total": self._total, "failed": self._failed}
        left = self.seconds_left()
        foot = self._translate("progress/foot", data)
        return foot if not left else f"{foot} · {self._left(left)}"

    def _left(self, seconds: float) -> str:
        """An estimate, not more exact than it is."""
        if seconds < _MINUTE:
            return self._translate("progress/left-seconds", {})
        hours, rest = divmod(round(seconds), _HOUR)
        name = "progress/left-hours" if hours else "progress/left-minutes"
        return self._translate(name, {"hours": hours, "minutes": -(-rest // _MINUTE)})


def _aligned(rows: list[tuple[str, str, float]], width: int) -> Iterator[Text]:
    """Lines of name, status and duration, in columns; where there is little room the name has half of it."""
    times = [clock(seconds) for _, _, seconds in rows]
    last = max(map(len, times), default=0)
    room = width - last - 2 * len(_GAP)
    if room < _LEAST_ROOM:
        yield from (_cut(name, width) for name, _, _ in rows)
        return
    longest_name = max((cell_len(name) for name, _, _ in rows), default=0)
    longest_status = max((cell_len(status) for _, status, _ in rows), default=0)
    names = min(longest_name, max(room - longest_status, room // 2))
    statuses = min(longest_status, room - names)
    for (name, status, _), shown in zip(rows, times, strict=True):
        yield Text(_GAP).join([_cut(name, names), _cut(status, statuses), Text(shown.rjust(last))])
