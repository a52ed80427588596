"""The judging process, seen from outside: it imports pytest and the hidden tests once and answers in children.

Each question is judged in a child forked from it, so that nothing of one judgement reaches the next, and a hidden test
that takes its process down takes down that child alone. Where forking is not safe, each question gets a fresh process.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import selectors
import subprocess
import sys
import threading
from pathlib import Path

import grader
from grader.errors import GraderFault

_PROCESS_SECONDS = 300
_COMMAND = [sys.executable, "-P", "-m", "grader.judge"]
_FORKS = sys.platform == "linux"  # on macOS system libraries do not survive a fork
SAID = "said"
"""Beside a question: what its judging printed."""


def _environment() -> dict[str, str]:
    # what an instructor has set for pytest is meant for tests of their own
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return own | {
        "PYTHONPATH": str(Path(grader.__file__).parents[1]),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "OPENBLAS_NUM_THREADS": "1",  # threads would not be there after a fork, and nothing here is worth one
    }


def _late() -> GraderFault:
    return GraderFault(f"the judging process did not end within {_PROCESS_SECONDS} s")


class JudgingProcess:
    """A running `python -m grader.judge`. It ends with the process that started it, whose end closes its input."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            _COMMAND,
            env=_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,  # an interrupt is for the grader, which may still have something to judge
        )

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return self._process.poll() is None

    def answer(self, source: Path, target: Path) -> int:
        """Have the question in `source` answered in `target`; the exit status of the child that did.

        Raises:
            GraderFault: there was no end to it, or the process is gone.
        """
        questions, answers = self._process.stdin, self._process.stdout
        assert questions is not None
        assert answers is not None
        with contextlib.suppress(BrokenPipeError):  # it is gone, which the answer will tell
            questions.write(f"{json.dumps([str(source), str(target)])}\n".encode())
        with selectors.DefaultSelector() as selector:
            selector.register(answers, selectors.EVENT_READ)
            if not selector.select(_PROCESS_SECONDS):
                raise _late()
        status = answers.readline()
        if not status.strip():
            raise GraderFault(f"the judging process ended; it last said: {self._last_words()}")
        return int(status)

    def _last_words(self) -> str:
        assert self._process.stderr is not None
        self._process.wait(_PROCESS_SECONDS)
        return _last_line(self._process.stderr.read().decode(errors="replace"))

    def close(self) -> None:
        """End it, with a child that does not end."""
        self._process.kill()
        self._process.communicate()


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["nothing"])[-1]


def _answer_afresh(source: Path, target: Path) -> int:
    try:
        with (source.parent / SAID).open("wb") as said:
            command = [*_COMMAND, str(source), str(target)]
            return subprocess.run(
                command,
                env=_environment(),
                cwd=source.parent,
                timeout=_PROCESS_SECONDS,
                stdout=said,
                stderr=said,
                check=False,
            ).returncode
    except subprocess.TimeoutExpired:
        raise _late() from None


_lock = threading.Lock()
_running: list[JudgingProcess] = []


def _close() -> None:
    """End the process that is running, if any."""
    while _running:
        _running.pop().close()


atexit.register(_close)  # nothing of the grader's runs on after the grader


def _answer_in_child(source: Path, target: Path) -> int:
    with _lock:
        if _running and not _running[0].alive:
            _close()
        if not _running:
            _running.append(JudgingProcess())
        try:
            return _running[0].answer(source, target)
        except BaseException:
            _close()  # what it was in the middle of must not answer the next question
            raise


def answer(source: Path, target: Path) -> None:
    """Have the question in the file `source` judged and the answer written to `target`, both in a folder of their own.

    Raises:
        GraderFault: there is no answer.
    """
    status = _answer_in_child(source, target) if _FORKS else _answer_afresh(source, target)
    if not target.exists():
        said = _last_line((source.parent / SAID).read_text(encoding="utf-8", errors="replace"))
        raise GraderFault(f"the judging process ended with {status} and no answer; it last said: {said}")
