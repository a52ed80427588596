"""Tests of the judging process and its failures. Its death or silence costs no more than one question."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.errors import GraderFault
from grader.judge.exchange import Judge
from grader.judge.process import JudgingService
from grader.sandbox import process_tree
from tests.testing.judging import FACTS, LOADED, seen

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="each question gets a process of its own here")


@pytest.fixture
def service() -> Iterator[JudgingService]:
    """A service that answers in forked children."""
    made = JudgingService(forks=True)
    yield made
    made.close()


def statuses(service: JudgingService) -> list[str]:
    """The statuses of a small judgement."""
    verdicts = Judge(service=service).verdicts(["structure/loads"], {"load": seen(LOADED)}, FACTS)
    return [verdict.status for verdict in verdicts]


def running(service: JudgingService) -> int:
    """Number of the process that answered last."""
    assert service.pid is not None
    return service.pid


def exists(pid: int) -> bool:
    """Whether a process has this number, waited for or not."""
    return Path("/proc", str(pid)).exists()


def test_one_process_answers_many_questions(service: JudgingService) -> None:
    """One process answers many questions, whichever thread asks. So pytest is imported only once."""
    assert statuses(service) == ["passed"]
    first = running(service)
    answers: list[list[str]] = []
    threads = [threading.Thread(target=lambda: answers.append(statuses(service))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [["passed"]] * 3
    assert running(service) == first


def test_the_process_lives_from_the_first_question_to_the_end_of_the_judge() -> None:
    """A judge starts its process at the first question.

    It ends with the judge; a judge that is asked nothing starts none.
    """
    service = JudgingService(forks=True)
    with Judge(service=service):
        assert service.pid is None
        assert statuses(service) == ["passed"]
        first = running(service)
    assert service.pid is None
    assert not exists(first)


def test_two_judges_share_no_process() -> None:
    """Two judges share no process. The end of one does not touch the other."""
    one, other = JudgingService(forks=True), JudgingService(forks=True)
    with Judge(service=one):
        with Judge(service=other):
            assert statuses(one) == statuses(other) == ["passed"]
            assert running(one) != running(other)
        assert exists(running(one))
        assert statuses(one) == ["passed"]


def test_a_process_that_is_gone_is_replaced(service: JudgingService) -> None:
    """A killed process is replaced for the next question."""
    statuses(service)
    first = running(service)
    os.kill(first, signal.SIGKILL)
    os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
    assert statuses(service) == ["passed"]
    assert running(service) != first


def test_a_process_that_dies_at_work_is_a_fault(service: JudgingService, tmp_path: Path) -> None:
    """A process that dies at work is a fault. It is told in one line, and the next question is answered."""
    statuses(service)
    os.kill(running(service), signal.SIGSTOP)
    killer = threading.Timer(0.2, os.kill, (running(service), signal.SIGKILL))
    killer.start()
    with pytest.raises(GraderFault, match=r"^the judging process ended; it last said: nothing$"):
        service.answer(tmp_path / "question", tmp_path / "answer")
    assert statuses(service) == ["passed"]


def test_no_child_outlives_a_process_that_is_killed(service: JudgingService, tmp_path: Path) -> None:
    """A killed process takes its child along. Nobody would hear what that finds."""
    statuses(service)
    os.mkfifo(tmp_path / "question")  # nobody writes to it, so that the child waits

    def ask() -> None:
        with pytest.raises(GraderFault, match=r"^the judging process ended"):
            service.answer(tmp_path / "question", tmp_path / "answer")

    asking = threading.Thread(target=ask)
    asking.start()
    while not (found := process_tree.children(running(service))):
        time.sleep(0.01)
    os.kill(running(service), signal.SIGKILL)
    asking.join()
    deadline = time.monotonic() + 20
    while not process_tree.ended(found[0]) and time.monotonic() < deadline:
        time.sleep(0.01)
    ended = process_tree.ended(found[0])
    process_tree.signal_each(found)
    assert ended


def test_the_end_of_the_judge_ends_a_question(service: JudgingService, tmp_path: Path) -> None:
    """Closing the judge ends a waiting question. Another thread may be waiting: it gets a fault."""
    statuses(service)
    os.kill(running(service), signal.SIGSTOP)
    closer = threading.Timer(0.2, service.close)
    closer.start()
    with pytest.raises(GraderFault, match=r"^the judging process ended"):
        service.answer(tmp_path / "question", tmp_path / "answer")
    closer.join()
    assert service.pid is None


def test_a_process_that_never_answers_is_a_fault(tmp_path: Path) -> None:
    """A process that never answers is a fault. It is ended, so that a late answer reaches nobody."""
    service = JudgingService(forks=True, patience_seconds=10.0)
    with Judge(service=service):
        statuses(service)
        silent = running(service)
        os.kill(silent, signal.SIGSTOP)
        with pytest.raises(GraderFault, match=r"^the judging process did not end within 10 s$"):
            service.answer(tmp_path / "question", tmp_path / "answer")
        assert not exists(silent)
        assert statuses(service) == ["passed"]


@pytest.mark.parametrize("forks", [True, False])
def test_a_question_that_cannot_be_read_is_a_fault(forks: bool, tmp_path: Path) -> None:
    """A question that cannot be read is a fault.

    The message has the last output, also with a process for each question.
    """
    service = JudgingService(forks=forks)
    question = tmp_path / "question"
    question.write_bytes(b"rubbish")
    with Judge(service=service):
        with pytest.raises(
            GraderFault, match=r"^the judging process ended with 1 and no answer; it last said: .*Broken"
        ):
            service.answer(question, tmp_path / "answer")
        assert statuses(service) == ["passed"]
        assert (service.pid is not None) is forks
