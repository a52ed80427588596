"""Whoever waits at a terminal sees for what; a file or a pipe gets nothing of it."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.cli import run
from grader.commands.waiting import working
from tests.testing.stored import graded, stored


class Terminal(io.StringIO):
    """A stderr that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class AtOnce:
    """A timer that does not wait."""

    def __init__(self, seconds: float, call: Callable[[], None]) -> None:
        self.start, self.cancel, self.join = call, lambda: None, lambda: None
        assert seconds == 0


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shows progress from the beginning, as if all took longer than it does."""
    monkeypatch.setattr("grader.commands.waiting.AFTER_SECONDS", 0)
    monkeypatch.setattr("grader.commands.waiting.Timer", AtOnce)
    monkeypatch.setenv("TERM", "xterm")


def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Stderr, a terminal from here on. A fixture could not: between it and its test pytest puts its own in place."""
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    return screen


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """An output folder of two people."""
    return stored(tmp_path / "grades", graded("anna", 100), graded("boris", 80))


def on(out: Path, *words: str) -> list[str]:
    """The command line with the folders in the places of OUT, OTHER and FILES."""
    places = {"OUT": out, "OTHER": out.with_name("other"), "FILES": out.with_name("files")}
    return [str(places.get(word, word)) for word in words]


COMMANDS = {
    "show": (("show", "OUT"), ("reading", "laying out the table")),
    "diff": (("diff", "OUT", "OTHER"), ("comparing",)),
    "similar": (("similar", "OUT"), ("reading",)),
    "merge": (("merge", "OUT", "-o", "FILES"), ("reading", "merging: ", "writing the class's files")),
    "export": (("export", "gradescope", "OUT", "-o", "FILES"), ("exporting", "writing: ")),
}


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(("words", "shown"), COMMANDS.values(), ids=COMMANDS)
def test_what_is_waited_for_is_seen(
    words: tuple[str, ...], shown: tuple[str, ...], out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By each command that reads a class."""
    stored(out.with_name("other"), graded("anna", 90), graded("boris", 80))
    screen = terminal(monkeypatch)
    run(on(out, *words))
    text = screen.getvalue()
    assert [word for word in shown if word not in text] == []


@pytest.mark.usefixtures("impatient")
def test_rejudging_shows_how_far_it_is(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it judges, and while it writes."""
    monkeypatch.setattr("grader.rejudging.judge_again", lambda *_: iter(()))
    screen = terminal(monkeypatch)
    assert run(["rejudge", str(out)]) == 0
    for word in ("judging: ", "writing: ", "writing the class's files"):
        assert word in screen.getvalue()


@pytest.mark.usefixtures("impatient")
def test_a_pipe_gets_nothing_of_it(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a script reads from stderr are messages alone."""
    assert run(["show", str(out)]) == 0
    assert run(on(out, "export", "gradescope", "OUT", "-o", "FILES")) == 0
    assert capsys.readouterr().err == ""


def timers() -> int:
    """How many timers are still to fire."""
    return sum(isinstance(thread, threading.Timer) for thread in threading.enumerate())


def test_what_is_done_at_once_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing flashes up, and nothing is left that would show something later. An error comes through."""
    screen = terminal(monkeypatch)
    running = []
    with pytest.raises(KeyError), working("looking up"):
        raise KeyError(running.append(timers()))
    assert (running, timers()) == ([1], 0)
    assert screen.getvalue() == ""
