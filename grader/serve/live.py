"""A class's page, kept up to date.

It is made from the store, and again when something has changed, while a run goes on too.

The grader is left alone: the store is opened to be read, for as long as reading takes, and a page that takes long to
make is made the less often.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.adjustments import FILE as ADJUSTMENTS
from grader.errors import UsageError
from grader.gradebook import class_of, read_terms
from grader.i18n import translator
from grader.kept_assignment import FILE as ASSIGNMENT
from grader.kept_roster import FILE as ROSTER
from grader.kept_roster import kept_roster
from grader.model import Result
from grader.report.pages.class_page import Live, class_page
from grader.roster import Person
from grader.store import FOLDER, Store, is_writing
from grader.store.store import FILE as STORE

_LEAST_SECONDS = 1.0
"""Seconds between two pages made during a run."""
_SHARE = 0.1
"""Share of the time that making pages may take. A run has better things to do."""
_VERSION = "version-of-this-page"
_CHANGE_COUNTER = slice(24, 28)
"""The counter of changes in an SQLite file's header. It counts the transactions that have changed the file."""

State = tuple[object, ...]


@dataclass(frozen=True)
class Page:
    """A page and its version."""

    content: bytes
    version: str


@dataclass(frozen=True)
class _Made:
    page: Page
    state: State
    at: float
    seconds: float


def _changes(store: Path) -> bytes:
    """Read the store's change counter. Empty where there is no store."""
    try:
        with store.open("rb") as file:
            return file.read(_CHANGE_COUNTER.stop)[_CHANGE_COUNTER]
    except OSError:
        return b""


def _stamp(path: Path) -> tuple[int, int, int]:
    try:
        status = path.stat()
    except OSError:
        return (0, 0, 0)
    return status.st_ino, status.st_size, status.st_mtime_ns


class LiveClass:
    """The page of the output folder `out`, by language. It may be used from several threads."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._made: dict[str, _Made] = {}
        self._lock = threading.Lock()

    def _state(self) -> State:
        """Return a value that changes whenever a page would."""
        folder = self._out / FOLDER
        return (
            _changes(folder / STORE),
            _stamp(self._out / ADJUSTMENTS),
            _stamp(folder / ROSTER),
            _stamp(folder / ASSIGNMENT),
            is_writing(self._out),
        )

    def _is_empty(self) -> bool:
        return not _changes(self._out / FOLDER / STORE)

    def submissions(self) -> frozenset[str]:
        """Return the names of all graded submissions.

        Raises:
            GraderError: the store cannot be read.
        """
        if self._is_empty():
            return frozenset()
        with Store.open_to_read(self._out) as store:
            return frozenset(store.submissions())

    def is_waiting(self, submission: str) -> bool:
        """Whether a running grader has yet to reach `submission`. Its result may soon be another then."""
        if self._is_empty() or not is_writing(self._out):
            return False
        with Store.open_to_read(self._out) as store:
            return submission not in store.in_last_run()

    def _everybody(self, *, running: bool) -> tuple[Sequence[Result], Sequence[Person]]:
        """Read all results, and who has handed in nothing. While a run goes on nobody can know who that is."""
        if self._is_empty():
            return [], []
        with Store.open_to_read(self._out) as store:
            results = class_of(store, terms=read_terms(self._out))
        roster = None if running else kept_roster(self._out)
        return results, roster.missing([result.identity for result in results]) if roster else []

    def _make(self, language: str, state: State) -> _Made:
        began = time.monotonic()
        running = bool(state[-1])
        results, missing = self._everybody(running=running)
        content = class_page(results, translator(language), missing, live=Live(_VERSION, running=running))
        version = hashlib.blake2b(content, digest_size=12).hexdigest()
        page = Page(content.replace(_VERSION.encode(), version.encode(), 1), version)
        return _Made(page, state, time.monotonic(), time.monotonic() - began)

    def _is_due(self, made: _Made, state: State) -> bool:
        if made.state == state:
            return False
        rest = max(_LEAST_SECONDS, made.seconds / _SHARE) if state[-1] else 0.0
        return time.monotonic() - made.at >= rest

    def page(self, language: str) -> Page:
        """Return the current page. While a run goes on it may be some seconds old.

        Raises:
            GraderError: the store, the roster or `adjustments.csv` cannot be read.
        """
        with self._lock:
            state, made = self._state(), self._made.get(language)
            if made is None or self._is_due(made, state):
                made = self._made[language] = self._make(language, state)
            return made.page


def check_served(out: Path) -> None:
    """Check that there is anything to serve.

    Raises:
        UsageError: no run has begun to write into `out`.
    """
    if not (out / FOLDER).is_dir():
        raise UsageError(f"{out} holds no results: name the --out folder of a run, which may still be going on")
