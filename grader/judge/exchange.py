"""Puts a case before the judging process and takes its verdicts."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.errors import GraderFault
from grader.judge import process
from grader.judge.facts import Facts
from grader.model import Outcome, Verdict
from grader.protocol.codec import BrokenMessage, decode, encode

TEST_SECONDS = 30


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
        process.answer(source, target)
        try:
            answer = decode(target.read_bytes(), Answer)
        except BrokenMessage as error:
            raise GraderFault(f"the judging process gave no readable answer: {error}") from None
    if answer.faults:
        raise GraderFault("; ".join(answer.faults))
    return answer.verdicts
