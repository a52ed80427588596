"""The judging process answers one question after the other, and its end or its silence costs no more than one."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.errors import GraderFault
from grader.judge.exchange import Judge
from grader.judge.process import JudgingService
from tests.testing.judging import FACTS, LOADED, seen

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="each question gets a process of its own here")


@pytest.fixture
def service() -> Iterator[JudgingService]:
    """One that answers in forked children, ended with the test."""
    made = JudgingService(forks=True)
    yield made
    made.close()


def statuses(service: JudgingService) -> list[str]:
    """What a small judgement comes to."""
    verdicts = Judge(service=service).verdicts(["structure/loads"], {"load": seen(LOADED)}, FACTS)
    return [verdict.status for verdict in verdicts]


def running(service: JudgingService) -> int:
    """The process that answered last."""
    assert service.pid is not None
    return service.pid


def exists(pid: int) -> bool:
    """Whether there is a process of this number, waited for or not."""
    return Path("/proc", str(pid)).exists()


def test_one_process_answers_many_questions(service: JudgingService) -> None:
    """Pytest is imported once for all, whichever thread asks."""
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
    """A judge that is asked nothing starts nothing, and leaves nothing behind in any case."""
    service = JudgingService(forks=True)
    with Judge(service=service):
        assert service.pid is None
        assert statuses(service) == ["passed"]
        first = running(service)
    assert service.pid is None
    assert not exists(first)


def test_two_judges_share_no_process() -> None:
    """The end of one costs the other nothing."""
    one, other = JudgingService(forks=True), JudgingService(forks=True)
    with Judge(service=one):
        with Judge(service=other):
            assert statuses(one) == statuses(other) == ["passed"]
            assert running(one) != running(other)
        assert exists(running(one))
        assert statuses(one) == ["passed"]


def test_a_process_that_is_gone_is_replaced(service: JudgingService) -> None:
    """Whoever killed it meanwhile, the next question finds another."""
    statuses(service)
    first = running(service)
    os.kill(first, signal.SIGKILL)
    os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
    assert statuses(service) == ["passed"]
    assert running(service) != first


def test_a_process_that_dies_at_work_is_a_fault(service: JudgingService, tmp_path: Path) -> None:
    """It is told in a line, and the next question is answered."""
    statuses(service)
    os.kill(running(service), signal.SIGSTOP)
    killer = threading.Timer(0.2, os.kill, (running(service), signal.SIGKILL))
    killer.start()
    with pytest.raises(GraderFault, match=r"^the judging process ended; it last said: nothing$"):
        service.answer(tmp_path / "question", tmp_path / "answer")
    assert statuses(service) == ["passed"]


def test_the_end_of_the_judge_ends_a_question(service: JudgingService, tmp_path: Path) -> None:
    """A judge can be closed while another thread waits for an answer: that answer becomes a fault."""
    statuses(service)
    os.kill(running(service), signal.SIGSTOP)
    closer = threading.Timer(0.2, service.close)
    closer.start()
    with pytest.raises(GraderFault, match=r"^the judging process ended"):
        service.answer(tmp_path / "question", tmp_path / "answer")
    closer.join()
    assert service.pid is None


def test_a_process_that_never_answers_is_a_fault(tmp_path: Path) -> None:
    """It is ended, so that its late answer is nobody else's."""
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
    """What the judging printed last is told, with a process for each question too."""
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
