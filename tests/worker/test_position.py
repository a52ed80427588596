"""The line of the submission that runs, seen from another thread."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import pytest

from grader.protocol.raised import Frame
from grader.worker import position as module
from grader.worker.position import position, positions_told

INNER = "def wait(pause):\n    return pause()\n"
OUTER = "from own.inner import wait\n\ndef call(pause):\n    return wait(pause)\n"


@pytest.fixture
def call(tmp_path: Path) -> Callable[[Callable[[], object]], object]:
    """A function of a package in two files, which calls back what it is given."""
    package = tmp_path / "own"
    package.mkdir()
    found: dict[str, Callable[[Callable[[], object]], object]] = {}
    for name, source in (("inner.py", INNER), ("outer.py", OUTER.partition("\n")[2])):
        (package / name).write_text(source)
        exec(compile(source, package / name, "exec"), found)
    return found["call"]


def test_the_innermost_line_of_ones_own_is_found(
    call: Callable[[Callable[[], object]], object], tmp_path: Path
) -> None:
    """Whatever of others runs further in; files that are passed over are others'."""

    def here() -> FrameType:
        return sys._getframe()

    frame = call(here)
    assert isinstance(frame, FrameType)
    assert position(frame, tmp_path / "own") == Frame("inner.py", 2, "wait", "return pause()")
    passed_over = position(frame, tmp_path / "own", ("in",))
    assert passed_over == Frame("outer.py", 3, "call", "return wait(pause)")
    assert position(frame, tmp_path / "another") is None
    assert position(None, tmp_path) is None


def test_the_main_thread_is_told_of_while_the_body_runs(
    call: Callable[[Callable[[], object]], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Again and again, from a thread that is gone afterwards; where nothing of the submission runs nothing is told."""
    monkeypatch.setattr(module, "_LEAST_SECONDS", 0.001)
    told: list[Frame] = []
    twice = threading.Event()

    def tell(line: Frame) -> None:
        told.append(line)
        if len(told) > 1:
            twice.set()

    with positions_told(tmp_path / "own", tell):
        call(lambda: twice.wait(60))
    assert {(line.file, line.line) for line in told} == {("inner.py", 2)}
    assert "position" not in {thread.name for thread in threading.enumerate()}
