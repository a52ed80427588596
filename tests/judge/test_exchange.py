"""Tests of the real judging process. It returns verdicts of hidden tests, and no pass for anything else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import grader
from grader.errors import GraderFault
from grader.judge.exchange import Judge
from grader.model import Outcome, Verdict
from grader.protocol.observations import Build, Predictions, Training
from tests.testing.judging import FACTS, LOADED, seen


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    """A judge for all tests of this file."""
    with Judge() as one:
        yield one


def by_test(verdicts: list[Verdict]) -> dict[str, Verdict]:
    """Verdicts by their test's id."""
    return {verdict.test: verdict for verdict in verdicts}


def test_verdicts_come_back_in_the_order_asked(judge: Judge) -> None:
    """Verdicts come back in the order asked. One submission has all kinds here: passed, failed, timeout and blocked."""
    tests = [
        "structure/loads",
        "structure/builds",
        "structure/output-shape",
        "structure/registered",
        "structure/budget",
    ]
    outcomes = {
        "load": seen(LOADED),
        "build": seen(Build("Net", is_module=True, n_parameters=1001)),
        "shapes": Outcome("timeout", data={"limit_seconds": 60}),
        "gradients": Outcome("blocked", blocked_by="shapes"),
    }
    verdicts = judge.verdicts(tests, outcomes, FACTS)
    assert [verdict.test for verdict in verdicts] == tests
    found = by_test(verdicts)
    assert [found[test].status for test in tests] == ["passed", "passed", "timeout", "blocked", "failed"]
    assert (found["structure/loads"].fraction, found["structure/budget"].fraction) == (1.0, 0.0)
    assert found["structure/budget"].hint == "structure/too-many-parameters"
    assert found["structure/budget"].data == {"got": 1001, "limit": 1000}
    assert found["structure/registered"].blocked_by == "structure/output-shape"


@pytest.mark.parametrize("right", [97, 96, 89])
def test_accuracy_is_judged_against_the_bars(right: int, judge: Judge) -> None:
    """Each bar is passed exactly from its value on. A missed bar blocks the higher ones."""
    guesses = FACTS.answers.copy()
    guesses[right:] = (guesses[right:] + 5) % 10
    outcomes = {
        "load": seen(LOADED),
        "training": seen(Training(b"", b"", b"", [1.0, 0.5], "list", 2, 1.0)),
        "predictions": seen(Predictions(np.eye(10, dtype=np.float32)[guesses])),
    }
    tests = ["accuracy/low-bar", "accuracy/middle-bar", "accuracy/target", "integrity/own-labels"]
    reached = [100 * bar <= right for bar in FACTS.bars]
    statuses = ["passed"] * sum(reached) + ["failed", "blocked", "blocked"][: 3 - sum(reached)]
    assert [v.status for v in judge.verdicts(tests, outcomes, FACTS)] == [*statuses, "passed"]


@pytest.mark.parametrize(
    ("moved", "counted", "flagged"), [(50, 97, False), (49, 97, False), (46, 92, True), (0, 0, True)]
)
def test_a_table_of_known_images_brings_nothing(moved: int, counted: int, flagged: bool, judge: Judge) -> None:
    """Looking up known images earns nothing.

    A network that reads too few moved images is judged by those; there are 50 of each kind here.
    """
    facts = replace(FACTS, moved=np.arange(100) >= 50, max_moved_loss=0.04, bars=[0.5, 0.91, 0.95])
    guesses = facts.answers.copy()
    guesses[0] = (guesses[0] + 5) % 10  # 98 % of the images that were not moved
    guesses[50 + moved :] = (guesses[50 + moved :] + 5) % 10
    outcomes = {
        "load": seen(LOADED),
        "training": seen(Training(b"", b"", b"", [1.0, 0.5], "list", 2, 1.0)),
        "predictions": seen(Predictions(np.eye(10, dtype=np.float32)[guesses])),
    }
    bars = ["accuracy/low-bar", "accuracy/middle-bar", "accuracy/target"]
    *accuracy, honesty = judge.verdicts([*bars, "integrity/moved"], outcomes, facts)
    reached = sum(100 * bar <= counted for bar in facts.bars)
    assert [v.status for v in accuracy] == ["passed"] * reached + ["failed", "blocked", "blocked"][: 3 - reached]
    assert honesty.status == ("failed" if flagged else "passed")
    if flagged:
        assert accuracy[reached].hint == "accuracy/moved-counts"
        assert f"{2 * moved}.00 %" in str(honesty.staff_note)


def test_predictions_of_the_public_labels_are_told(judge: Judge) -> None:
    """Predictions of the public labels are recognised.

    A look-up answers with names that the digits do not have in this job.
    """
    outcomes = {"predictions": seen(Predictions(np.eye(10, dtype=np.float32)[FACTS.public_answers]))}
    (verdict,) = judge.verdicts(["integrity/own-labels"], outcomes, FACTS)
    assert (verdict.status, verdict.hint) == ("failed", "integrity/public-labels")
    (verdict,) = judge.verdicts(["integrity/own-labels"], outcomes, replace(FACTS, names=list(range(10))))
    assert verdict.status == "passed"


def test_a_test_that_does_not_exist_is_a_fault(judge: Judge) -> None:
    """A test that does not exist is a fault. It is not skipped in silence."""
    with pytest.raises(GraderFault, match="hidden test structure/gone was not run"):
        judge.verdicts(["structure/loads", "structure/gone"], {"load": seen(LOADED)}, FACTS)


def test_an_environment_for_pytest_does_not_reach_the_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    """The instructor's pytest options do not reach the judge. They can neither deselect nor break a hidden test."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "-k nothing --no-such-option")
    monkeypatch.setenv("PYTEST_PLUGINS", "no_such_plugin")
    with Judge() as judge:  # started with these variables set
        (verdict,) = judge.verdicts(["structure/loads"], {"load": seen(LOADED)}, FACTS)
    assert verdict.status == "passed"


BROKEN = '''
import os, sys, time
from pathlib import Path
import pytest

READ = []
sys.addaudithook(lambda event, arguments: event == "os.scandir" and READ.append(Path(arguments[0])))

def test_reads_no_directory_above():
    """What lies around the hidden tests is not looked through."""
    assert READ
    assert set(READ) == {Path(__file__).parent}, READ

def test_plain_assert():
    """A hidden test is not judged by assertions of its own."""
    assert 1 == 2

def test_raises():
    """Another exception."""
    raise KeyError("bars")

def test_skips():
    """A skip is no pass."""
    pytest.skip("not today")

def test_expected_failure():
    """Nor is an expected failure."""
    pytest.xfail("known")

def test_never_ends():
    """The clock ends it."""
    time.sleep(60)

def test_exits():
    """Nor is leaving."""
    sys.exit(0)

def test_dies():
    """Nor dying."""
    os._exit(0)

def test_fine():
    """Passes."""
'''
ASK = """
import sys
from grader.errors import GraderFault
from grader.judge.exchange import Judge
from tests.testing.judging import FACTS
try:
    with Judge(test_seconds=1) as judge:
        print("verdicts", [verdict.status for verdict in judge.verdicts(sys.argv[1:], {}, FACTS)])
except GraderFault as fault:
    print("fault", fault)
"""


@pytest.fixture(scope="module")
def broken_grader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the grader with broken hidden tests. Its integrity tests are broken in every way."""
    root = tmp_path_factory.mktemp("broken")
    shutil.copytree(
        Path(grader.__file__).parent, root / "grader", ignore=shutil.ignore_patterns("__pycache__", "worker")
    )
    (root / "grader" / "hidden" / "test_integrity.py").write_text(BROKEN, encoding="utf-8")
    return root


def ask(root: Path, *tests: str) -> str:
    """Let the grader in `root` judge by `tests`; return its words."""
    done = subprocess.run(
        [sys.executable, "-c", ASK, *tests],
        cwd=root,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(root), str(Path(__file__).parents[2])])},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_broken_copy_works_where_it_is_not_broken(broken_grader: Path) -> None:
    """The broken copy still works otherwise. So the faults below come from the tests asked for."""
    assert ask(broken_grader, "integrity/fine") == "verdicts ['passed']"


def test_what_lies_around_the_hidden_tests_is_not_looked_through(broken_grader: Path) -> None:
    """The judge does not read the folders above the hidden tests.

    Those may be site-packages or anything else: thousands of entries, some closed to the reader.
    """
    assert ask(broken_grader, "integrity/reads-no-directory-above") == "verdicts ['passed']"


def test_a_broken_hidden_test_is_our_fault_and_never_a_pass(broken_grader: Path) -> None:
    """A broken hidden test is the grader's fault, never a pass.

    Each one is named with what ended it, and nothing is scored.
    """
    names = ["plain-assert", "raises", "skips", "expected-failure", "never-ends"]
    said = ask(broken_grader, *(f"integrity/{name}" for name in names), "integrity/fine")
    assert said.startswith("fault ")
    assert [name for name in names if f"hidden test integrity/{name}: " not in said] == []
    assert "integrity/fine" not in said


@pytest.mark.parametrize("name", ["exits", "dies"])
def test_a_judging_process_that_leaves_early_is_our_fault(name: str, broken_grader: Path) -> None:
    """A judging process that exits early is the grader's fault.

    The tests after it were not run, whatever those before it found.
    """
    said = ask(broken_grader, f"integrity/{name}", "integrity/fine")
    assert said.startswith("fault ")
