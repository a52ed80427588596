"""The judging process answers one question after the other, and its end or its silence costs no more than one."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

import pytest

from grader.errors import GraderFault
from grader.judge import process
from grader.judge.exchange import judge
from tests.testing.judging import FACTS, LOADED, seen

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="each question gets a process of its own here")


def statuses() -> list[str]:
    """What a small judgement comes to."""
    return [verdict.status for verdict in judge(["structure/loads"], {"load": seen(LOADED)}, FACTS)]


def running() -> process.JudgingProcess:
    """The one that answered last."""
    (only,) = process._running
    return only


def test_one_process_answers_many_questions() -> None:
    """Pytest is imported once for all, whoever asks."""
    assert statuses() == ["passed"]
    first = running()
    answers: list[list[str]] = []
    threads = [threading.Thread(target=lambda: answers.append(statuses())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [["passed"]] * 3
    assert running() is first


def test_a_process_that_is_gone_is_replaced() -> None:
    """Whoever killed it meanwhile, the next question finds another."""
    statuses()
    first = running()
    os.kill(first._process.pid, signal.SIGKILL)
    first._process.wait()
    assert statuses() == ["passed"]
    assert running() is not first


def test_a_process_that_dies_at_work_is_a_fault(tmp_path: Path) -> None:
    """It is told in a line, and the next question is answered."""
    statuses()
    os.kill(running()._process.pid, signal.SIGSTOP)
    killer = threading.Timer(0.2, os.kill, (running()._process.pid, signal.SIGKILL))
    killer.start()
    with pytest.raises(GraderFault, match=r"^the judging process ended; it last said: nothing$"):
        process.answer(tmp_path / "question", tmp_path / "answer")
    assert statuses() == ["passed"]


def test_a_process_that_never_answers_is_a_fault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It is ended, so that its late answer is nobody else's."""
    statuses()
    silent = running()
    os.kill(silent._process.pid, signal.SIGSTOP)
    with monkeypatch.context() as hurried:
        hurried.setattr(process, "_PROCESS_SECONDS", 0.1)
        with pytest.raises(GraderFault, match=r"^the judging process did not end within 0\.1 s$"):
            process.answer(tmp_path / "question", tmp_path / "answer")
    assert not silent.alive
    assert statuses() == ["passed"]


@pytest.mark.parametrize("forks", [True, False])
def test_a_question_that_cannot_be_read_is_a_fault(
    forks: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What the judging printed last is told, with a process for each question too."""
    monkeypatch.setattr(process, "_FORKS", forks)
    question = tmp_path / "question"
    question.write_bytes(b"rubbish")
    with pytest.raises(GraderFault, match=r"^the judging process ended with 1 and no answer; it last said: .*Broken"):
        process.answer(question, tmp_path / "answer")
    assert statuses() == ["passed"]
