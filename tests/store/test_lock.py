"""One process writes at a time. Its lock ends with it, however it ends."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.store import is_writing, only_writer

ROOT = Path(__file__).parents[2]
HOLD = """
import sys
from pathlib import Path
from grader.store import only_writer
with only_writer(Path(sys.argv[1]), lambda line: print(line, flush=True)):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def other(out: Path) -> Iterator[subprocess.Popen[str]]:
    """Start another process that wants to be the only writer. It stays until its standard input ends."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(out)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.kill()


def line_of(process: subprocess.Popen[str]) -> str:
    """Return the next line that a process prints."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_the_second_says_whom_it_waits_for_and_goes_on_after_it(tmp_path: Path) -> None:
    """The second writer says whom it waits for. It goes on after the first."""
    with other(tmp_path) as first, other(tmp_path) as second:
        lines = {process: line_of(process) for process in (first, second)}
        holder, waiting = sorted((first, second), key=lambda process: lines[process] != "held")
        assert lines[holder] == "held"
        assert lines[waiting].startswith(f"waiting for another grader that writes to {tmp_path}: ")
        assert holder.stdin is not None
        holder.stdin.close()
        assert line_of(waiting) == "held"


def test_who_holds_it_is_named(tmp_path: Path) -> None:
    """The holder of the lock is named. Its process, its machine and the time are told."""
    with other(tmp_path) as first:
        assert line_of(first) == "held"
        with other(tmp_path) as second:
            said = line_of(second)
            assert f"process {first.pid} on " in said
            assert said.endswith(" UTC")


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    """A killed process holds no lock. Whoever waits goes on, whoever comes later waits for nobody."""
    with other(tmp_path) as first:
        assert line_of(first) == "held"
        with other(tmp_path) as second:
            assert line_of(second).startswith("waiting")
            os.kill(first.pid, signal.SIGKILL)
            assert line_of(second) == "held"
    said: list[str] = []
    with only_writer(tmp_path, said.append):
        assert said == []


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_drive_without_locks_is_told_and_used(code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A drive without locks is told, and used. A person can see to it that there is one writer."""

    def refuse(descriptor: int, operation: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(fcntl, "flock", refuse)
    said: list[str] = []
    with only_writer(tmp_path, said.append):
        pass
    (line,) = said
    assert f"{tmp_path} is on a drive without locks" in line


def test_what_cannot_be_opened_is_wrong_usage(tmp_path: Path) -> None:
    """A lock that cannot be opened is wrong usage."""
    (tmp_path / ".grader").write_text("a file")
    with pytest.raises(UsageError, match="choose another --out"), only_writer(tmp_path, lambda line: None):
        pass


def test_whoever_only_looks_sees_a_writer_and_nobody_else(tmp_path: Path) -> None:
    """A reader sees whether somebody writes. Readers are not taken for writers."""
    assert not is_writing(tmp_path)
    with other(tmp_path) as first:
        assert line_of(first) == "held"
        assert is_writing(tmp_path)
        assert first.stdin is not None
        first.stdin.close()
        first.wait(30)
        assert not is_writing(tmp_path)
    with (tmp_path / ".grader" / "lock").open() as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        assert not is_writing(tmp_path)


def test_nobody_waits_for_whoever_only_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a reader, who holds the lock an instant."""
    (tmp_path / ".grader").mkdir()
    looking = (tmp_path / ".grader" / "lock").open("w")
    fcntl.flock(looking, fcntl.LOCK_SH)
    monkeypatch.setattr("time.sleep", lambda seconds: looking.close())  # then the reader has gone
    said: list[str] = []
    with only_writer(tmp_path, said.append):
        assert looking.closed
    assert said == []
