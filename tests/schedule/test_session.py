"""A misbehaving worker is the grader's fault. What its child uses up is the submission's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import IO

import pytest

from grader.model import Execution, Outcome
from grader.protocol.messages import Position
from grader.protocol.raised import Frame
from grader.schedule import session
from grader.schedule.session import PhaseRun
from tests.testing.jobs import OneSandbox, executed, job, submission
from tests.testing.warm import WarmSandbox

ROOT = Path(__file__).parents[2]
HONEST = """
import os, sys, time
from grader.protocol import messages
from grader.protocol.codec import VERSION, encode, frame
from grader.protocol.messages import *
from grader.protocol.observations import Frame
def say(kind, payload):
    os.write(1, frame(kind, payload))
ready = encode(Ready(VERSION, "torch"))
ended = encode(Ended(0, None, 0.1, 1))
"""

KILLED = "say(messages.READY, ready); os.read(0, 1 << 20); sys.exit(0)"
"""A worker that is gone as soon as it has a phase to run."""


class ScriptedSandbox:
    """A sandbox whose worker is a few lines of Python."""

    def __init__(self, script: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", HONEST + dedent(script)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self.stdin: IO[bytes] = self._process.stdin
        self.stdout: IO[bytes] = self._process.stdout
        self.stderr: IO[bytes] = self._process.stderr

    def memory_bytes(self) -> int:
        return 0

    def exceeded(self) -> str | None:
        return None

    def poll(self) -> int | None:
        return self._process.poll()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()  # the pipes close once nobody refers to them, see `tests.testing.warm`


def run_scripted(script: str) -> Execution:
    """Execute a job with a worker made of this script."""
    return executed(job(submission()), OneSandbox(lambda: ScriptedSandbox(script)))


@pytest.mark.parametrize(
    ("script", "fault"),
    [
        ("sys.exit('no torch here')", "the worker did not start (died); it last said: no torch here"),
        ("os.write(1, b'Welcome to your new shell!\\n')", "the worker did not start (died)"),
        ("say(messages.READY, b'rubbish')", "the worker sent no Ready"),
        ("say(messages.READY, encode(Ready(99, 'torch')))", "the worker speaks version 99 of the protocol"),
        ("say(messages.READY, ready); say(messages.ENDED, b'rubbish'); time.sleep(60)", "the worker sent no Ended"),
    ],
    ids=["dies", "garbage", "ready garbled", "other version", "end garbled"],
)
def test_a_worker_that_fails_is_our_fault(script: str, fault: str) -> None:
    """A worker that fails is the grader's fault. One line says what happened."""
    execution = run_scripted(script)
    assert execution.fault is not None
    assert fault in execution.fault
    assert "\n" not in execution.fault
    assert set(execution.outcomes) <= {"load", "build", "shapes"}


def test_a_child_that_ends_without_a_word_has_crashed() -> None:
    """A child that ends without an observation has crashed. Its exit code 0 is no success."""
    execution = run_scripted("say(messages.READY, ready); say(messages.ENDED, ended); time.sleep(60)")
    assert execution.fault is None
    assert execution.outcomes["load"].kind == "crashed"


def test_a_sandbox_that_dies_under_a_phase_has_crashed() -> None:
    """A sandbox that dies twice has crashed. What dies twice does so of its own."""
    execution = run_scripted(KILLED)
    assert execution.fault is None
    outcome = execution.outcomes["load"]
    assert (outcome.kind, outcome.data["reason"]) == ("crashed", "sandbox")


@pytest.mark.parametrize(
    "script",
    [KILLED, "say(messages.READY, ready); say(messages.ENDED, encode(Ended(None, 9, 0.1, 1))); time.sleep(60)"],
    ids=["worker", "child"],
)
def test_what_somebody_kills_is_run_again(script: str) -> None:
    """What was killed costs the submission nothing. Its phase is run again, by another worker."""
    sandboxes = (make() for make in (lambda: ScriptedSandbox(script), WarmSandbox))
    execution = executed(job(submission()), OneSandbox(lambda: next(sandboxes)))
    assert execution.fault is None
    assert {probe: outcome.kind for probe, outcome in execution.outcomes.items()} == {
        "load": "ok",
        "build": "ok",
        "shapes": "ok",
    }


@pytest.mark.parametrize("limit", ["memory", "scratch", "processes"])
def test_a_limit_of_the_sandbox_ends_the_phase(limit: str) -> None:
    """A limit of the sandbox ends the phase. It is the outcome of the probe that ran."""

    class FullSandbox(WarmSandbox):
        def exceeded(self) -> str | None:
            return limit if self.began else None

        began = False

    sandbox = FullSandbox()

    def listen(name: str, phase: str, progress: object) -> None:
        sandbox.began = True

    slow = submission(net="import time\ntime.sleep(60)\n")
    execution = executed(job(slow), OneSandbox(lambda: sandbox), listen)
    assert execution.fault is None
    assert [outcome.kind for outcome in execution.outcomes.values()] == [limit, "blocked", "blocked"]


def test_limits_are_looked_at_while_frames_arrive() -> None:
    """Limits are checked while messages arrive.

    A submission that writes without a pause is watched like a silent one.
    """

    class FullSandbox(ScriptedSandbox):
        looks = 0

        def exceeded(self) -> str | None:
            self.looks += 1
            return "memory" if self.looks > 5 else None

    script = """
    say(messages.READY, ready)
    while True:
        say(messages.CHUNK, frame(messages.PROGRESS, encode(Progress(1, 1, 1, 1, 1.0))))
        time.sleep(0.001)
    """
    execution = executed(job(submission()), OneSandbox(lambda: FullSandbox(script)))
    assert execution.fault is None
    assert execution.outcomes["load"].kind == "memory"
    assert execution.seconds < 20


class StoppedSandbox(WarmSandbox):
    """A sandbox whose time is up when the test says so."""

    is_late = False

    def exceeded(self) -> str | None:
        return "timeout" if self.is_late else None


def ended_once_located(monkeypatch: pytest.MonkeyPatch, **sources: str) -> Outcome:
    """How `load` ends in a submission whose time is up as soon as the host knows where its code is."""
    sandbox, decode = StoppedSandbox(), session.decode

    def noting(data: bytes, expected: type[object]) -> object:
        sandbox.is_late |= expected is Position
        return decode(data, expected)

    monkeypatch.setattr(session, "decode", noting)
    execution = executed(job(submission(**sources)), OneSandbox(lambda: sandbox))
    assert execution.fault is None
    return execution.outcomes["load"]


def test_where_code_without_end_was_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """The innermost line of the submission, whatever else runs there."""
    net = "import time\ndef go():\n    time.sleep(1000)\ngo()\n"
    outcome = ended_once_located(monkeypatch, net=net)
    assert (outcome.kind, outcome.line) == ("timeout", Frame("net.py", 3, "go", "time.sleep(1000)"))


LOCATING = """
say(messages.READY, ready)
def note(line):
    say(messages.CHUNK, frame(messages.POSITION, encode(Position(Frame("net.py", line, "f", "x")))))
def start():
    say(messages.CHUNK, frame(messages.STARTED, encode(Started("build"))))
"""
OUT_OF_TIME = "say(messages.ENDED, encode(Ended(None, 24, 0.1, 1))); time.sleep(60)"
"""The kernel has ended the phase, as it had used up its processor time."""


@pytest.mark.parametrize(
    ("said", "line"),
    [("note(1); note(2)", 2), ("note(1); start()", None), ("note(1); start(); note(2)", 2), ("start()", None)],
    ids=["the last", "of another probe", "the last of the last probe", "none"],
)
def test_the_last_position_of_the_last_probe_counts(said: str, line: int | None) -> None:
    """One from before the beginning of a probe says nothing about what came later."""
    execution = run_scripted(f"{LOCATING}{said}\n{OUT_OF_TIME}")
    assert execution.fault is None
    (outcome,) = (outcome for outcome in execution.outcomes.values() if outcome.kind == "timeout")
    assert (outcome.line and outcome.line.line) == line


@pytest.mark.parametrize(
    ("seconds", "noted", "is_told"), [(60.0, 58.0, True), (60.0, 30.0, False), (4.0, 0.3, True), (900.0, 700.0, True)]
)
def test_an_old_position_is_not_where_the_code_was(seconds: float, noted: float, is_told: bool) -> None:
    """Code in C that keeps the interpreter lets nobody look: what was seen before it is no answer."""
    run = PhaseRun(seconds=seconds, position=Position(Frame("net.py", 1, "f", "x")), position_seconds=noted)
    assert (run.last_line() is not None) == is_told
