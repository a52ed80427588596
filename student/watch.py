"""`python -m student watch`: runs the tests at every save. It shows what to do first."""

import argparse
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from .keyboard import Keyboard
from .language import Words, words_of

FOLDER = Path(__file__).parent
LIMIT_SECONDS = 300.0
"""Time limit of one run of all tests. A single test has a shorter limit of its own."""
PATIENCE_SECONDS = 15.0
"""Seconds without news after which a save restarts. The run then hangs in code that has just been changed."""
_TICK_SECONDS = 0.1
_QUIT, _AGAIN = ("q", "й"), ("r", "к")
"""Keys by their Latin and Russian letters. Both letters lie on the same key."""
_WIDEST, _BAR, _AROUND, _LAST_LINES = 100, 30, 2, 15
_CLEAR = "\x1b[2J\x1b[3J\x1b[H"
_BOLD, _PLAIN, _LINE_START = "\x1b[1m", "\x1b[0m", "\r\x1b[K"


class TestRun:
    """A run of the tests in its own process.

    It may hang or die: the watch goes on.

    Args:
        folder: the package `student`.
        language: of the messages.
        variables: of the environment, beside those of this process.
    """

    def __init__(self, folder: Path, language: str, **variables: str) -> None:
        self._notes = tempfile.TemporaryDirectory(prefix="student-watch-", ignore_cleanup_errors=True)
        self._report, self._printed = Path(self._notes.name, "report"), Path(self._notes.name, "printed")
        self.begun = self._news = time.monotonic()
        self._read = 0
        self.total: int | None = None
        self.done = 0
        self.found: dict[str, Any] | None = None
        options = ["-q", "-p", "no:cacheprovider", f"--ignore={folder.name}/test_full.py"]
        options += ["--lang", language, "--watch-report", str(self._report)]
        # of a file that is saved twice in a second Python would take the first version from its cache
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8", **variables}
        apart: dict[str, Any] = {"start_new_session": True}  # Ctrl-C is for the watch, which ends all of this
        if sys.platform == "win32":
            apart = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
        with self._printed.open("wb") as printed:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "pytest", folder.name, *options],
                cwd=folder.parent,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.STDOUT,
                **apart,
            )

    def has_ended(self) -> bool:
        """Whether the run has ended. All that it has reported so far is noted first."""
        ended = self._process.poll() is not None
        self._note()
        return ended

    def _note(self) -> None:
        try:
            with self._report.open(encoding="utf-8") as file:
                file.seek(self._read)
                text = file.read()
        except OSError:  # it has not come to the tests yet
            return
        for line in text.splitlines(keepends=True):
            if not line.endswith("\n"):
                break
            self._read += len(line.encode())
            self._news = time.monotonic()
            said = json.loads(line)
            self.total = said.get("total", self.total)
            self.done += "done" in said
            self.found = said.get("found", self.found)

    @property
    def code(self) -> int | None:
        """Exit code of pytest. It is 0 where everything passed, 1 where something did not."""
        return self._process.returncode

    def is_overdue(self) -> bool:
        """Whether it has taken longer than it may."""
        return time.monotonic() - self.begun > LIMIT_SECONDS

    def hangs(self) -> bool:
        """Whether no test has ended for a long time."""
        return time.monotonic() - self._news > PATIENCE_SECONDS

    def last_lines(self) -> list[str]:
        """The end of what it printed."""
        lines = self._printed.read_text(encoding="utf-8", errors="replace").splitlines()
        return [line for line in lines if line.strip()][-_LAST_LINES:]

    def end(self) -> None:
        """End the run and forget its notes. All that it has started ends, too."""
        if sys.platform == "win32":
            if self._process.poll() is None:
                tree = ["taskkill", "/F", "/T", "/PID", str(self._process.pid)]
                subprocess.run(tree, capture_output=True, check=False)
        else:
            with contextlib.suppress(ProcessLookupError, PermissionError):  # it has ended, with all of its own
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._notes.cleanup()


def _visible(text: str) -> str:
    """`text` without what would move the cursor."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)


def _cut(line: str, columns: int) -> str:
    """`line` on one line of the terminal."""
    line = _visible(line)
    return line if len(line) < columns else line[: columns - 2] + "…"


def _around(folder: Path, where: object) -> list[str]:
    """Return numbered lines around a place.

    It is one such as `net.py:17`; there are none where it is no line of yours.
    """
    name, _, number = str(where).rpartition(":")
    path = folder / name
    if not (name.endswith(".py") and number.isdecimal() and path.is_file()):
        return []
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    first = max(1, int(number) - _AROUND)
    last = min(len(lines), int(number) + _AROUND)
    return [f"{'>' if n == int(number) else ' '} {n:4d} | {lines[n - 1]}" for n in range(first, last + 1)]


class Screen:
    """Screen of the watch. It is drawn anew each time on a terminal; elsewhere one text follows the other."""

    def __init__(self, folder: Path, words: Words, *, has_keys: bool) -> None:
        self._folder, self._words, self._has_keys = folder, words, has_keys
        self._is_terminal = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
        self._status = ""

    def _print(self, text: str, *, end: str = "\n") -> None:
        try:
            sys.stdout.write(text + end)
            sys.stdout.flush()
        except OSError:  # the terminal is closed: nobody watches any more
            raise KeyboardInterrupt from None

    @property
    def _columns(self) -> int:
        return max(20, min(_WIDEST, shutil.get_terminal_size().columns)) if self._is_terminal else _WIDEST

    def _wrapped(self, text: str) -> list[str]:
        lines = text.split("\n")
        return [part for line in lines for part in textwrap.wrap(_visible(line), self._columns - 1) or [""]]

    def _title(self, name: str) -> str:
        return f"{_BOLD}{self._words(name)}{_PLAIN}" if self._is_terminal else self._words(name)

    def running(self, run: TestRun | None) -> None:
        """Show how far the tests are. Nothing is shown where none run."""
        if not self._is_terminal:
            return
        status = ""
        if run is not None and run.total is None:
            status = self._words("watch-starting")
        elif run is not None:
            status = self._words("watch-running", done=run.done, total=run.total)
        if status != self._status:
            self._status = status
            self._print(f"{_LINE_START}{_cut(status, self._columns)}", end="")

    def show(self, run: TestRun, *, overdue: bool) -> None:
        """Show what a run came to."""
        if overdue:
            lines = self._wrapped(self._words("watch-overdue", seconds=round(LIMIT_SECONDS)))
        elif run.found is not None and run.code in (0, 1):
            lines = list(self._lines(run.found, has_passed=run.code == 0))
        else:
            cut = [_cut(line, self._columns) for line in run.last_lines()]
            lines = [*self._wrapped(self._words("watch-broken")), "", *cut]
        keys = "watch-keys" if self._has_keys else "watch-no-keys"
        self._clear()
        foot = f"{time.strftime('%H:%M:%S')} · {self._words(keys)}"
        self._print("\n".join([*lines, "", *self._wrapped(foot)]))

    def _clear(self) -> None:
        self._status = ""
        if self._is_terminal and sys.platform == "win32":
            os.system("cls")  # noqa: S605, S607 - a console that may know no sequences
        elif self._is_terminal:
            self._print(_CLEAR, end="")
        else:
            self._print("")

    def _lines(self, found: dict[str, Any], *, has_passed: bool) -> Iterator[str]:
        todo, others = found["todo"], found["others"]
        if has_passed:
            yield from [*self._wrapped(self._words("watch-all", total=found["total"])), ""]
            yield from self._points(found)
            yield from self._wrapped(found["graded_run"])
            return
        yield from [self._title("watch-first"), ""]
        first = todo[0]["text"] if todo else "\n".join(others[0])
        yield from self._wrapped(first)
        if todo and (around := _around(self._folder, todo[0]["where"])):
            yield from ["", *(_cut(line, self._columns) for line in around)]
        filled = round(_BAR * found["passed"] / max(1, found["total"]))
        count = self._words("watch-count", passed=found["passed"], total=found["total"])
        yield from ["", *self._wrapped(f"{'█' * filled}{'░' * (_BAR - filled)} {count}")]
        if later := max(0, len(todo) + len(others) - 1):
            yield from self._wrapped(self._words("watch-later", n=later))
        if found["blocked"]:
            yield from self._wrapped(self._words("blocked", n=found["blocked"]))
        yield from ["", *self._points(found)]

    def _points(self, found: dict[str, Any]) -> list[str]:
        return [part for line in found["points"] for part in self._wrapped(line)]


class CannotWatch(Exception):
    """Saved files are not noticed here. The message says why."""


class Saves:
    """Notices when a Python file is saved.

    It does also where an editor puts a new file in its place.

    Raises:
        CannotWatch: the library that does is missing.
    """

    def __init__(self, folder: Path) -> None:
        try:
            from watchfiles import PythonFilter, watch
        except ImportError as error:
            raise CannotWatch(str(error)) from error
        self._saved, self._stop = threading.Event(), threading.Event()
        self._changes = watch(
            folder, watch_filter=PythonFilter(), stop_event=self._stop, rust_timeout=500, raise_interrupt=False
        )
        self._error: Exception | None = None
        threading.Thread(target=self._notice, daemon=True).start()

    def _notice(self) -> None:
        try:
            for _ in self._changes:
                self._saved.set()
        except Exception as error:  # noqa: BLE001 - a system may have no notices left, or none at all: told below
            self._error = error

    def were_there(self) -> bool:
        """Whether a file was saved since the last question.

        Raises:
            CannotWatch: no further save would be noticed.
        """
        if self._error is not None:
            raise CannotWatch(str(self._error)) from self._error
        saved = self._saved.is_set()
        self._saved.clear()
        return saved

    def close(self) -> None:
        """Look no longer."""
        self._stop.set()


class Ending:
    """Notices signals that ask for the end.

    They are Ctrl-C, a polite kill and a closed terminal. They only leave a note. Of a closed terminal both the system
    and the shell tell, and an exception at any moment could keep what is begun, or the end itself, from being finished.
    """

    def __init__(self) -> None:
        self.is_asked_for = False
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:  # as nohup wants it
                signal.signal(number, self._note)

    def _note(self, *_: object) -> None:
        self.is_asked_for = True


def _go_on(screen: Screen, keyboard: Keyboard, saves: Saves, language: str, ending: Ending) -> None:
    """Run the tests at every save, until q or a signal. The first run begins at once."""
    run: TestRun | None = TestRun(FOLDER, language)
    again = False
    try:
        while not ending.is_asked_for:
            screen.running(run)
            pressed = keyboard.pressed(_TICK_SECONDS)[:1]
            if pressed in _QUIT:
                return
            again |= saves.were_there() or pressed in _AGAIN
            if run is not None:
                ended, overdue = run.has_ended(), run.is_overdue()
                if ended or overdue:
                    screen.show(run, overdue=not ended)
                if ended or overdue or pressed in _AGAIN or (again and run.hangs()):
                    run.end()
                    run = None
            if run is None and again:
                run, again = TestRun(FOLDER, language), False
    finally:
        if run is not None:
            run.end()
        screen.running(None)


def _parser() -> argparse.ArgumentParser:
    about = "Run the tests whenever a Python file of this folder is saved, and show what to do first. Ends with q."
    parser = argparse.ArgumentParser(prog=f"python -m {__package__} watch", description=about)
    parser.add_argument("--lang", choices=("en", "ru"), help="of the messages (else your course's or your system's)")
    return parser


def main(arguments: Sequence[str]) -> int:
    """Watch until q or Ctrl-C is pressed. Returns 0 then, 1 where a line on stderr says why that is not possible."""
    options = _parser().parse_args(arguments)
    if not (FOLDER / "conftest.py").is_file():
        print(f"{FOLDER} has no tests to run: this is for the folder that students receive", file=sys.stderr)
        return 1
    words = words_of(FOLDER, options.lang, "student/")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a console of Windows may lack some letters
            stream.reconfigure(errors="replace")
    ending = Ending()
    try:
        with contextlib.closing(Saves(FOLDER)) as saves, Keyboard() as keyboard:
            _go_on(Screen(FOLDER, words, has_keys=keyboard.has_keys), keyboard, saves, words.language, ending)
    except CannotWatch as error:
        print(words("watch-impossible", error=error), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    with contextlib.suppress(OSError):
        print(words("watch-ended"), flush=True)
    return 0
