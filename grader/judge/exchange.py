"""Puts a case before the judging process and takes its verdicts."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import grader
from grader.errors import GraderFault
from grader.judge.facts import Facts
from grader.model import Outcome, Verdict
from grader.protocol.codec import BrokenMessage, decode, encode

TEST_SECONDS = 30
_PROCESS_SECONDS = 300


@dataclass(frozen=True)
class Question:
    """What the judging process gets."""

    tests: list[str]
    outcomes: dict[str, Outcome]
    facts: Facts
    test_seconds: int


@dataclass(frozen=True)
class Answer:
    """What it gives back. `faults` are ours: nothing may be scored where there is one."""

    verdicts: list[Verdict]
    faults: list[str]


def _run_process(source: Path, target: Path) -> None:
    # what an instructor has set for pytest is meant for tests of their own
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")} | {
        "PYTHONPATH": str(Path(grader.__file__).parents[1]),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "grader.judge", str(source), str(target)],
            capture_output=True,
            text=True,
            timeout=_PROCESS_SECONDS,
            env=environment,
            cwd=source.parent,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise GraderFault(f"the judging process did not end within {_PROCESS_SECONDS} s") from None
    if not target.exists():
        said = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["nothing"]
        raise GraderFault(f"the judging process ended with {done.returncode} and no answer; it last said: {said[0]}")


def judge(tests: Sequence[str], outcomes: Mapping[str, Outcome], facts: Facts) -> list[Verdict]:
    """The verdict of each of `tests`, in their order.

    Args:
        tests: ids, with all that they come after, in judging order.
        outcomes: by probe.
        facts: what the grader knows.

    Raises:
        GraderFault: the judging process failed, or a hidden test did; nothing of it is the submission's fault.
    """
    question = Question(list(tests), dict(outcomes), facts, TEST_SECONDS)
    with tempfile.TemporaryDirectory(prefix="grader-judge-") as folder:
        source, target = Path(folder, "question"), Path(folder, "answer")
        source.write_bytes(encode(question))
        _run_process(source, target)
        try:
            answer = decode(target.read_bytes(), Answer)
        except BrokenMessage as error:
            raise GraderFault(f"the judging process gave no readable answer: {error}") from None
    if answer.faults:
        raise GraderFault("; ".join(answer.faults))
    return answer.verdicts
