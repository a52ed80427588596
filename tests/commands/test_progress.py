"""Tests of the messages while a batch is graded.

They say who is done with what result, and why somebody is trained once more.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from grader.commands.progress import ProgressReporter
from grader.i18n import LANGUAGES, translator
from grader.model import Execution, Identity, Metrics, Result, Submission
from grader.policy import Attempt
from grader.work import Work
from tests.testing.jobs import job, submission
from tests.testing.results import PROVENANCE, scored

ENGLISH = translator("en")


def result_of(name: str, **changes: object) -> Result:
    """A result of 97 points, with something to repair."""
    tests = (
        scored("structure/loads", points=(20.0, 20.0)),
        scored("accuracy/target", "failed", (77.0, 80.0), data={"accuracy": 98.7}),
    )
    result = Result(Identity(name), "failed", 97.0, 100.0, tests, Metrics(), PROVENANCE)
    return replace(result, **changes)  # type: ignore[arg-type]


def work_of(result: Result) -> Work:
    """A submission that is done."""
    return Work(Submission(result.identity, {}, Path(result.submission)), result=result)


def told(total: int, *works: Work, language: str = "en") -> None:
    """Report these as done to a progress reporter."""
    account = ProgressReporter(total, 0.99, translator(language))
    with closing(account):
        for work in works:
            account.done(work)


def test_each_that_is_done_has_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Each finished submission has a line on stderr.

    It has name, points and what to repair first, in the order in which they are done.
    """
    complete = result_of("bob", status="passed", tests=result_of("bob").tests[:1])
    failed = result_of("carol", status="grader_error", score=None, tests=(), fault="disk full")
    told(3, *map(work_of, (result_of("alice"), complete, failed)))
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "alice: 97 / 100 · Accuracy: the goal",
        "bob: 20 / 20",
        "The grader failed on carol: disk full",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_line_is_in_the_language_of_the_run(language: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The line is in the run's language, as the summary is."""
    told(2, work_of(result_of("alice")), language=language)
    assert translator(language)("title/accuracy/target", {}) in capsys.readouterr().err


def test_a_single_one_has_none(capsys: pytest.CaptureFixture[str]) -> None:
    """A single submission has no line. The summary follows at once."""
    told(1, work_of(result_of("alice")))
    assert capsys.readouterr().err == ""


def test_no_name_adds_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Control characters of a file name do not reach the terminal."""
    told(2, work_of(result_of("a\n\x1b[2Jb\r")))
    assert capsys.readouterr().err == "a b: 97 / 100 · Accuracy: the goal\n"


def test_a_further_seed_is_announced(capsys: pytest.CaptureFixture[str]) -> None:
    """A further seed is announced with its reason.

    The reason is how near the miss was; a first job needs no message.
    """
    plain = job(submission("alice"))
    first = Work(submission("alice"), job=plain)
    again = replace(first, attempts=(Attempt(plain, Execution({}), None, 0.98999),), job=replace(plain, seed=1))
    with closing(ProgressReporter(1, 0.99, ENGLISH)) as account:
        account.begin(first)
        assert capsys.readouterr().err == ""
        account.begin(again)
    line = "alice: 98.99 % is close to the goal of 99 %, so it is trained once more, with seed 1\n"
    assert capsys.readouterr().err == line


def test_a_retry_after_a_fault_of_ours_is_announced(capsys: pytest.CaptureFixture[str]) -> None:
    """A retry after a grader fault is announced with its reason. Nobody has to wonder why it takes so long."""
    plain = job(submission("alice"))
    faulty = Attempt(plain, Execution({}, fault="the sandbox died"))
    with closing(ProgressReporter(1, 0.99, ENGLISH)) as account:
        account.begin(Work(submission("alice"), attempts=(faulty,), job=plain))
    assert capsys.readouterr().err == "alice: tried again after a fault of the grader (the sandbox died)\n"
