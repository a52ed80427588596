"""Tests of judgements that take too long. Computing is blamed on what the submission sent, waiting on the grader."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import grader
from grader.assignment import load_assignment
from grader.i18n import translator
from grader.judge.collect import collect
from grader.judge.exchange import Judge
from grader.judge.process import JudgingService, Overrun
from grader.judging import judged
from grader.model import Execution, Identity, Provenance
from grader.protocol.observations import Build
from grader.record import Record
from grader.report.json import to_json
from tests.testing.judging import FACTS, LOADED, seen

BUSY = '''
import os, re, signal, time

def test_computes():
    """Over whatever it was given."""
    while True:
        pass

def test_computes_where_no_signal_is_heard():
    """In one operation of an extension."""
    re.match("(a+)+$", "a" * 60 + "b")

def test_waits():
    """For nothing."""
    time.sleep(60)

def test_is_killed():
    """By the machine, when memory is short."""
    os.kill(os.getpid(), signal.SIGKILL)

def test_passes():
    """At once."""
'''
ASK = """
import sys
from dataclasses import replace
from grader.errors import GraderFault
from grader.judge.exchange import Judge
from grader.judge.process import JudgingService, Overrun
from tests.testing.judging import FACTS
forks, *tests = sys.argv[1:]
with Judge(test_seconds=15, cpu_seconds=1, service=JudgingService(forks=forks == "forks")) as judge:
    for test in tests:
        try:
            print("verdicts", [verdict.status for verdict in judge.verdicts([test], {}, FACTS)])
        except Overrun:
            print("overrun")
        except GraderFault as fault:
            print("fault", fault)
"""


@pytest.fixture(scope="module")
def busy_grader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the grader with slow integrity tests."""
    root = tmp_path_factory.mktemp("busy")
    ignored = shutil.ignore_patterns("__pycache__", "worker")
    shutil.copytree(Path(grader.__file__).parent, root / "grader", ignore=ignored)
    (root / "grader" / "hidden" / "test_integrity.py").write_text(BUSY, encoding="utf-8")
    return root


@pytest.mark.parametrize("forks", ["forks", pytest.param("afresh", marks=pytest.mark.exhaustive)])
def test_processor_time_is_told_from_waiting(forks: str, busy_grader: Path) -> None:
    """Computing is told apart from waiting.

    It is ended even where Python hears no signal, and the next question is answered.
    """
    if forks == "forks" and sys.platform != "linux":
        pytest.skip("each question gets a process of its own here")
    names = ["computes", "computes-where-no-signal-is-heard", "waits", "is-killed", "passes"]
    done = subprocess.run(
        [sys.executable, "-c", ASK, forks, *(f"integrity/{name}" for name in names)],
        cwd=busy_grader,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(busy_grader), str(Path(__file__).parents[2])])},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    said = done.stdout.splitlines()
    assert said[:2] == ["overrun", "overrun"], done.stderr
    assert said[2].startswith("fault hidden test integrity/waits: ")
    assert said[3].startswith("fault the judging process ended with -9 ")
    assert said[4] == "verdicts ['passed']"


class Exhausted(JudgingService):
    """A service that always runs out of processor time."""

    def answer(self, source: Path, target: Path) -> None:
        """Raise `Overrun`."""
        assert source.exists()
        assert not target.exists()
        raise Overrun


PROVENANCE = Provenance("0", "2", "digits", 0.97, 0, "cpu", "none", "2025-01-01T00:00:00Z", 1.0, "0" * 64)


@pytest.mark.parametrize(("language", "word"), [("en", "thousands of times"), ("ru", "в тысячи раз")])
def test_it_is_the_submissions_crash(language: str, word: str) -> None:
    """Too long a judgement counts as the submission's crash.

    The first test says so, to the student as well, and blocks the others; it is no grader fault.
    """
    tests = collect()
    chosen = ["structure/builds", "training/runs", "integrity/own-labels"]
    execution = Execution({"load": seen(LOADED), "build": seen(Build("Net", is_module=True, n_parameters=1))})
    record = Record(Identity("hasty"), None, chosen, execution, FACTS, PROVENANCE)
    with Judge(service=Exhausted()) as judge:
        result = judged(record, load_assignment(), tests, judge)
    assert (result.status, result.score, result.fault) == ("failed", 0.0, None)
    verdicts = [test.verdict for test in result.tests]
    assert [(one.test, one.status, one.blocked_by) for one in verdicts] == [
        ("structure/builds", "crashed", None),
        ("training/runs", "blocked", "structure/builds"),
        ("integrity/own-labels", "blocked", "structure/builds"),
    ]
    assert word in to_json(result, translator(language))["tests"][0]["message"]
