"""Tests of `grader export classroom`. GitHub Classroom's reporting action must read it right."""

from __future__ import annotations

import base64
import functools
import json
import operator
import os
import shutil
import subprocess
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from grader.errors import UsageError
from grader.export.classroom import ClassroomExporter, deducted, exact_terms
from grader.model import Adjustment, Lateness, Result
from tests.testing.actions import commands_in, reported
from tests.testing.results import HOSTILE, make_hostile

CHECKOUT = "GRADER_REPORTER_CHECKOUT"
"""Environment variable with the path of the action's checkout.

That is classroom-resources/autograding-grading-reporter at v1, or another version after `npm install`.
"""


def document(results: Result | Sequence[Result], *arguments: str) -> Any:
    """Export `results` with `arguments`; return the document."""
    exporter, parser = ClassroomExporter(), ArgumentParser()
    exporter.add_arguments(parser)
    of = [results] if isinstance(results, Result) else results
    (content,) = exporter.export(of, parser.parse_args(arguments)).values()
    return json.loads(content)


def test_an_entry_for_each_category(failed: Result) -> None:
    """There is an entry for each category.

    Its name holds the points, which the action's table does not show, and its message what to do first.
    """
    tests = document(failed)["tests"]
    assert [(test["name"], test["status"], test["score"]) for test in tests] == [
        ("Structure: 20.1 / 30", "pass", 20.1),
        ("Dropout: 10.2 / 20", "fail", 10.2),
        ("Training loop: 0 / 30", "fail", 0),
        ("Accuracy: 0 / 20", "fail", 0),
    ]
    assert "training.py:12" in tests[2]["message"]
    assert tests[2]["test_code"] == tests[2]["message"]
    assert "has to pass first" in tests[3]["message"]


def test_points_are_those_of_the_grade_and_part_of_them_is_no_red_cross(failed: Result) -> None:
    """Partial points make no red cross, except with `--strict`. The points are those of the grade in either case."""
    of_default, of_strict = reported(document(failed)), reported(document(failed, "--strict"))
    assert (of_default.points, of_default.max_points, of_default.fails) == (30.3, 100, False)
    assert (of_strict.points, of_strict.max_points, of_strict.fails) == (30.3, 100, True)


def test_strict_lets_pass_who_passed(passed: Result) -> None:
    """With `--strict`, a passed result has no red cross. Whole numbers are written as such."""
    found = document(passed, "--strict")
    assert (reported(found).points, reported(found).fails) == (100, False)
    assert [test["score"] for test in found["tests"]] == [30, 20, 30, 20]
    assert '"score": 30,' in json.dumps(found)


@settings(max_examples=1000, deadline=None)
@given(st.lists(st.integers(0, 10_000), max_size=12), st.integers(-20_000, 10_000))
@example([226], 1754)  # no second number brings the first one to 19.8 here
def test_terms_add_up_exactly(cents: list[int], rest: int) -> None:
    """Terms add up exactly, in the order they are added. Each differs from its hundredths by rounding alone."""
    rest = max(rest, -sum(cents))  # a grade is never negative
    whole = deducted(cents, rest)
    assert sum(whole) == sum(cents) + rest
    assert min(whole) >= 0
    terms = exact_terms(whole)
    assert functools.reduce(operator.add, terms, 0.0) == (sum(cents) + rest) / 100
    assert terms == pytest.approx([each / 100 for each in whole], abs=1e-9)


def test_binary_fractions_would_not_add_up() -> None:
    """Floats need exact terms: 0.1 + 0.2 is not 0.3."""
    assert 0.1 + 0.2 != 0.3
    first, second = exact_terms([10, 20])
    assert first + second == 0.3


def test_what_people_and_lateness_change_has_an_entry_of_its_own(failed: Result) -> None:
    """Adjustments and lateness have an entry of their own.

    So the points are those of the grade book, more or fewer than the tests earned.
    """
    late = replace(failed, lateness=Lateness(days=1, percent=10.0))
    assert reported(document(late)).points == 27.27
    assert document(late)["tests"][-1]["name"] == "Adjustments and lateness: −3.03"
    praised = replace(failed, adjustments=(Adjustment(points=5.0, relative=True, comment="well\n::error::said"),))
    assert reported(document(praised)).points == 35.3
    assert "well" in document(praised)["tests"][-1]["message"]


def test_without_a_grade_there_are_no_points(broken: Result, failed: Result) -> None:
    """Without a grade there are no points, not even 0.

    A fault of the grader fails the job, an excused student does not.
    """
    fault = reported(document(broken))
    assert (fault.max_points, fault.fails) == (0, True)
    excused = reported(document(replace(failed, adjustments=(Adjustment(excused=True),))))
    assert (excused.max_points, excused.fails) == (0, False)


@pytest.mark.parametrize("text", [*HOSTILE, "::notice title=Autograding report::{}", "a\n::error::b", "x ##[error]y"])
def test_no_text_becomes_a_command_or_a_second_line(failed: Result, text: str) -> None:
    """No text becomes a command or a second line.

    Every place that reaches the log is tried, with a submission's or a person's text.
    """
    hostile = replace(make_hostile(text, failed), adjustments=(Adjustment(points=1.0, relative=True, comment=text),))
    for result in (hostile, replace(hostile, status="grader_error", score=None)):
        found = document(result)
        assert commands_in(reported(found).log) == []
        texts = [value for test in found["tests"] for value in test.values() if isinstance(value, str)]
        assert [text for text in texts if len(text.splitlines()) > 1] == []


def test_a_trial_says_so(passed: Result) -> None:
    """A trial says so in its last line. A run on the embedded digits decides no grade."""
    found = document(replace(passed, provenance=replace(passed.provenance, dataset="digits", threshold=0.97)))
    assert found["tests"][-1]["name"].startswith("Trial run on the small data set")
    assert reported(found).points == 100
    assert len(document(passed)["tests"]) == len(found["tests"]) - 1


def test_one_of_several_is_named(failed: Result, passed: Result) -> None:
    """`--submission` chooses one of several. Without it, or with a mistyped name, one line says so."""
    alice = replace(passed, identity=replace(passed.identity, name="alice"))
    assert reported(document([alice, failed], "--submission", "alice")).points == 100
    with pytest.raises(UsageError, match="here are 2: name one with --submission"):
        document([alice, failed])
    with pytest.raises(UsageError, match="no submission `alise` here; did you mean `alice`"):
        document([alice, failed], "--submission", "alise")


def test_russian(failed: Result) -> None:
    """`--lang ru` exports in Russian."""
    assert document(failed, "--lang", "ru")["tests"][2]["name"].startswith("Цикл обучения")


@pytest.mark.skipif(
    not os.environ.get(CHECKOUT), reason=f"${CHECKOUT} names no checkout of the action with its packages"
)
@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_the_action_itself_reports_what_the_restatement_says(failed: Result, passed: Result, broken: Result) -> None:
    """GitHub's own action agrees with our model of it.

    Its notices and its exit code are compared for every kind of result.
    """
    checkout = Path(os.environ[CHECKOUT])
    built = checkout / "dist" / "main.js"  # this is executed at v1; the branch main has only the sources
    program = built if built.exists() else checkout / "src" / "main.js"
    hostile = make_hostile("x\n::notice title=Autograding report::{}", failed)
    late = replace(failed, lateness=Lateness(1, 10.0))
    for result, arguments in [
        (failed, ()),
        (failed, ("--strict",)),
        (passed, ()),
        (broken, ()),
        (hostile, ()),
        (late, ()),
    ]:
        found = document(result, *arguments)
        encoded = base64.b64encode(json.dumps(found).encode()).decode()
        done = subprocess.run(
            ["node", program],
            env={"PATH": os.environ["PATH"], "INPUT_RUNNERS": "grade", "GRADE_RESULTS": encoded},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        expected = reported(found)
        notices = [command for command in commands_in(done.stdout) if command.name == "notice"]
        assert (done.returncode == 1) is expected.fails, done.stdout + done.stderr
        if expected.max_points:
            assert [notice.properties["title"] for notice in notices] == ["Autograding complete", "Autograding report"]
            points = json.loads(notices[1].message)
            assert points == {"totalPoints": expected.points, "maxPoints": expected.max_points}
        else:
            assert notices == []
