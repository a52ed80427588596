"""Starts and supervises the judging process.

It imports pytest and the hidden tests once and answers in children.

Each question is judged in a child forked from it, so that nothing of one judgement reaches the next, and a hidden test
that takes its process down takes down that child alone. Where forking is not safe, each question gets a fresh process.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import threading
from pathlib import Path

import grader
from grader.errors import GraderFault
from grader.telling import last_line

PATIENCE_SECONDS = 300.0
FORKS = sys.platform == "linux"
"""On macOS system libraries do not survive a fork."""
SAID = "said"
"""Beside a question: what its judging printed."""
_COMMAND = [sys.executable, "-P", "-m", "grader.judge"]


def _environment() -> dict[str, str]:
    """The environment of the judging process."""
    # what an instructor has set for pytest is meant for tests of their own
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return own | {
        "PYTHONPATH": str(Path(grader.__file__).parents[1]),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "OPENBLAS_NUM_THREADS": "1",  # threads would not be there after a fork, and nothing here is worth one
    }


class Overrun(Exception):
    """Judging exceeded its processor time. No right submission's observations take as much."""


def _late(patience_seconds: float) -> GraderFault:
    """Return the fault of a judging process too slow."""
    return GraderFault(f"the judging process did not end within {patience_seconds:g} s")


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
    def pid(self) -> int:
        """Its number as the system counts processes."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return self._process.poll() is None

    def answer(self, source: Path, target: Path, patience_seconds: float) -> int:
        """Have one question answered in a child.

        It is in `source`, the answer goes to `target`; returns the exit status of the child.

        Raises:
            GraderFault: there was no end to it within `patience_seconds`, or the process is gone.
        """
        questions, answers = self._process.stdin, self._process.stdout
        assert questions is not None
        assert answers is not None
        with contextlib.suppress(BrokenPipeError):  # it is gone, which the answer will tell
            questions.write(f"{json.dumps([str(source), str(target)])}\n".encode())
        with selectors.DefaultSelector() as selector:
            selector.register(answers, selectors.EVENT_READ)
            if not selector.select(patience_seconds):
                raise _late(patience_seconds)
        status = answers.readline()
        if not status.strip():
            raise GraderFault(f"the judging process ended; it last said: {self._last_words(patience_seconds)}")
        return int(status)

    def _last_words(self, patience_seconds: float) -> str:
        """Return the last line of the process's standard error. The process has ended."""
        assert self._process.stderr is not None
        self._process.wait(patience_seconds)
        return last_line(self._process.stderr.read().decode(errors="replace"))

    def kill(self) -> None:
        """Kill the process; whoever waits is told."""
        self._process.kill()

    def close(self) -> None:
        """End it, with a child that does not end."""
        self._process.kill()
        self._process.communicate()


def _answer_afresh(source: Path, target: Path, patience_seconds: float) -> int:
    """Answer one question in a new process. Returns its exit status."""
    try:
        with (source.parent / SAID).open("wb") as said:
            command = [*_COMMAND, str(source), str(target)]
            return subprocess.run(
                command,
                env=_environment(),
                cwd=source.parent,
                timeout=patience_seconds,
                stdout=said,
                stderr=said,
                check=False,
            ).returncode
    except subprocess.TimeoutExpired:
        raise _late(patience_seconds) from None


class JudgingService:
    """Answers questions in files, one after the other.

    They may come from any thread.

    The judging process is started at the first question, if not before. One that has died or does not answer costs the
    question that it was at; the next one finds another.

    Args:
        forks: whether one process answers all questions in children of its own; else each question gets a fresh one.
        patience_seconds: for one question.
    """

    def __init__(self, *, forks: bool = FORKS, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._forks, self._patience_seconds = forks, patience_seconds
        self._lock = threading.Lock()
        self._process: JudgingProcess | None = None

    @property
    def pid(self) -> int | None:
        """Id of the process that answered last. None where none is running."""
        return self._process.pid if self._process is not None and self._process.alive else None

    def warm_up(self) -> None:
        """Start the process that answers all questions. Does nothing where each question gets a process of its own."""
        if self._forks:
            with self._lock:
                self._running()

    def answer(self, source: Path, target: Path) -> None:
        """Judge the question in `source`; write the answer to `target`.

        Both are in a folder of their own.

        Raises:
            GraderFault: there is no answer.
            Overrun: there is none because the bound on processor time was reached.
        """
        status = (
            self._answer_in_child(source, target)
            if self._forks
            else _answer_afresh(source, target, self._patience_seconds)
        )
        if not target.exists() and status == -signal.SIGXCPU:
            raise Overrun
        if not target.exists():
            said = last_line((source.parent / SAID).read_text(encoding="utf-8", errors="replace"))
            raise GraderFault(f"the judging process ended with {status} and no answer; it last said: {said}")

    def _answer_in_child(self, source: Path, target: Path) -> int:
        """Answer one question in the running process. Returns the exit status of its child."""
        with self._lock:
            try:
                return self._running().answer(source, target, self._patience_seconds)
            except BaseException:
                self._end()  # what it was in the middle of must not answer the next question
                raise

    def _running(self) -> JudgingProcess:
        """The process to ask, started if there is none."""
        if self._process is not None and not self._process.alive:
            self._end()
        if self._process is None:
            self._process = JudgingProcess()
            atexit.register(self.close)  # nothing of the grader's runs on after the grader
        return self._process

    def _end(self) -> None:
        """End the process, if one is running. The lock is held."""
        process, self._process = self._process, None
        if process is not None:
            process.close()
            atexit.unregister(self.close)

    def close(self) -> None:
        """End the judging process, if one is running. A question that it is at becomes a fault."""
        process = self._process
        if process is not None:
            process.kill()  # else a thread that waits for an answer would keep the lock
        with self._lock:
            self._end()
