"""Sends a case to the judging process and reads its verdicts."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from grader.errors import GraderFault
from grader.judge.facts import Facts
from grader.judge.process import JudgingService
from grader.model import Outcome, Verdict
from grader.protocol.codec import BrokenMessage, decode, encode

TEST_SECONDS = 120
"""Wall-clock limit of a judgement. Whatever a submission has sent, the bound on processor time ends it earlier."""
CPU_SECONDS = 15
"""Processor-time limit of a judgement. More than ten times what the largest observations within the bounds take."""


@dataclass(frozen=True)
class Question:
    """A question to the judging process."""

    tests: list[str]
    outcomes: dict[str, Outcome]
    facts: Facts
    test_seconds: int
    cpu_seconds: int


@dataclass(frozen=True)
class Answer:
    """The judging process's reply. `faults` are ours: nothing may be scored where there is one."""

    verdicts: list[Verdict]
    faults: list[str]


class Judge:
    """Judges outcomes by the hidden tests.

    They run in a process of their own.

    It is a context manager: the process is started at the first question and ended at the end of the `with`. Several
    threads may ask; they wait for each other.

    Args:
        test_seconds: the time for one hidden test, whose exceeding is a fault of ours.
        cpu_seconds: the processor time for one submission, whose exceeding is for what it has sent.
        service: answers the questions; one of the judge's own by default.
    """

    def __init__(
        self,
        *,
        test_seconds: int = TEST_SECONDS,
        cpu_seconds: int = CPU_SECONDS,
        service: JudgingService | None = None,
    ) -> None:
        self._test_seconds, self._cpu_seconds = test_seconds, cpu_seconds
        self._service = service or JudgingService()

    def __enter__(self) -> Self:
        """Return the judge; nothing is started yet, see `warm_up`."""
        return self

    def __exit__(self, *error: object) -> None:
        """End the judging process, if one was started."""
        self._service.close()

    def warm_up(self) -> None:
        """Start the judging process early. Beside what is done until the first question."""
        self._service.warm_up()

    def verdicts(self, tests: Sequence[str], outcomes: Mapping[str, Outcome], facts: Facts) -> list[Verdict]:
        """The verdict of each of `tests`, in their order.

        Args:
            tests: ids, with all that they come after, in judging order.
            outcomes: by probe.
            facts: what the grader knows.

        Raises:
            GraderFault: the judging process failed, or a hidden test did; nothing of it is the submission's fault.
            Overrun: what was observed takes too long to judge.
        """
        question = Question(list(tests), dict(outcomes), facts, self._test_seconds, self._cpu_seconds)
        with tempfile.TemporaryDirectory(prefix="grader-judge-") as folder:
            source, target = Path(folder, "question"), Path(folder, "answer")
            source.write_bytes(encode(question))
            self._service.answer(source, target)
            try:
                answer = decode(target.read_bytes(), Answer)
            except BrokenMessage as error:
                raise GraderFault(f"the judging process gave no readable answer: {error}") from None
        if answer.faults:
            raise GraderFault("; ".join(answer.faults))
        return answer.verdicts
