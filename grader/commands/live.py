"""The table of running submissions on a terminal. It is drawn anew a few times a second where stderr is a terminal.

A line for each submission that is being executed, and one below them for the whole run. What a submission's process
has told of its training is a stranger's: numbers that no training has are not shown.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
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


class _SafeStream:
    """A stream that ignores failed writes. A terminal may be closed at any time."""

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
    """Return stderr's terminal if it can redraw a table. None otherwise."""
    if not sys.stderr.isatty():
        return None
    console = Console(file=cast("TextIO", _SafeStream(sys.stderr)), highlight=False, markup=False, emoji=False)
    return None if console.is_dumb_terminal else console


def clock(seconds: float) -> str:
    """Format a duration as a clock: 0:07, 12:34, 1:02:03."""
    minutes, rest = divmod(int(max(0.0, seconds)), _MINUTE)
    hours, minutes = divmod(minutes, _MINUTE)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _cut(text: str, width: int) -> Text:
    """Cut or pad `text` to exactly `width` columns. Letters may take two of them."""
    cut = Text(text, no_wrap=True)
    cut.truncate(width, overflow="ellipsis", pad=True)
    return cut


@dataclass
class _Row:
    """A running submission: its start and its phase. The start is by the board's clock."""

    begun: float
    phase: str
    progress: Progress | None = None


@dataclass(frozen=True)
class _Line:
    """A submission's line in the table. The status has a short form for terminals with little room."""

    name: str
    status: str
    short_status: str
    duration: str


class Board:
    """The state of a run, drawn as a table. It is kept while the run goes on; any thread may tell it.

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
        """Note a submission's phase."""
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
        """Estimate how long the rest takes.

        Each submission is taken to need the mean time of those executed in this run; None before there are any.
        """
        with self._lock:
            if not self._durations:
                return None
            usual, now = mean(self._durations), self._now()
            running = [max(0.0, usual - (now - row.begun)) for row in self._rows.values()]
            waiting = max(0, self._total - self._done - len(running))
        return max([(waiting * usual + sum(running)) / self._slots, *running])

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """Yield the lines, no more than fit the terminal. None is wider than it is."""
        with self._lock:
            lines = [self._line(name, row) for name, row in self._rows.items()]
        width, room = options.max_width, max(1, console.size.height - 3)
        yield from _aligned(lines[:room], width)
        if len(lines) > room:
            yield _cut(self._translate("progress/more", {"count": len(lines) - room}), width)
        if self._total > 1:
            yield _cut(self._foot(), width)

    def _line(self, name: str, row: _Row) -> _Line:
        phase, progress = self._translate(f"progress/{row.phase}", {}), row.progress
        shown, duration = one_line(name), clock(self._now() - row.begun)
        if progress is None or not 0 < progress.n_epochs <= _MOST_EPOCHS:
            return _Line(shown, phase, phase, duration)
        epoch, n_epochs = max(1, min(progress.epoch, progress.n_epochs)), progress.n_epochs
        words = self._translate("progress/epoch", {"epoch": epoch, "n_epochs": n_epochs})
        return _Line(shown, f"{phase}{_GAP}{words}", f"{phase} {epoch}/{n_epochs}", duration)

    def _foot(self) -> str:
        with self._lock:
            data = {"done": self._done, "total": self._total, "failed": self._failed}
        left = self.seconds_left()
        foot = self._translate("progress/foot", data)
        return foot if not left else f"{foot} · {self._left(left)}"

    def _left(self, seconds: float) -> str:
        """Format an estimate, not more exact than it is."""
        if seconds < _MINUTE:
            return self._translate("progress/left-seconds", {})
        hours, rest = divmod(round(seconds), _HOUR)
        name = "progress/left-hours" if hours else "progress/left-minutes"
        return self._translate(name, {"hours": hours, "minutes": -(-rest // _MINUTE)})


def _widest(texts: Iterable[str]) -> int:
    return max(map(cell_len, texts), default=0)


def _aligned(lines: Sequence[_Line], width: int) -> Iterator[Text]:
    """Yield `lines` in aligned columns.

    Where there is little room statuses are short, and then the name has a third of it.
    """
    last = _widest(line.duration for line in lines)
    room = width - last - 2 * len(_GAP)
    if room < _LEAST_ROOM:
        yield from (_cut(line.name, width) for line in lines)
        return
    names, statuses = _widest(line.name for line in lines), [line.status for line in lines]
    if names + _widest(statuses) > room:
        statuses = [line.short_status for line in lines]
    names = min(names, max(room - _widest(statuses), room // 3))
    rest = min(_widest(statuses), room - names)
    for line, status in zip(lines, statuses, strict=True):
        yield Text(_GAP).join([_cut(line.name, names), _cut(status, rest), Text(line.duration.rjust(last))])
