"""Tests of `grader export gradescope`. The platform takes what is written, and students may read all of it."""

from __future__ import annotations

import io
import json
import unittest
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from dataclasses import replace
from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.export.gradescope import GradescopeExporter, visibility
from grader.model import Adjustment, Identity, Lateness, Metrics, Result
from tests.testing import gradescope
from tests.testing.results import HOSTILE, PROVENANCE, make_hostile, scored

BOB = Result(
    identity=Identity("bob"),
    status="failed",
    score=67.5,
    max_score=100.0,
    tests=(
        scored("structure/loads", points=(20.0, 20.0), seconds=0.0123),
        scored("structure/output-shape", "failed", (2.5, 5.0), hint="x/y", staff_note="looks copied"),
        scored("training/runs", points=(45.0, 45.0)),
        scored("accuracy/target", "blocked", (0.0, 30.0), blocked_by="training/runs"),
    ),
    metrics=Metrics(accuracy=0.98999, train_seconds=56.25),
    provenance=PROVENANCE,
    flags=("integrity/own-labels",),
    printed="epoch 1\nepoch 2\n",
)
CAROL = replace(BOB, identity=Identity("carol"), status="grader_error", score=None, tests=(), fault="disk full")


def options(*arguments: str) -> Namespace:
    """Parse these arguments of the command line."""
    parser = ArgumentParser()
    parser.add_argument("out", nargs="?", type=Path)
    GradescopeExporter().add_arguments(parser)
    return parser.parse_args(arguments)


def document(result: Result, *arguments: str) -> gradescope.Document:
    """Export one result; return its document."""
    (content,) = GradescopeExporter().export([result], options(*arguments)).values()
    return gradescope.read(content)


def test_every_test_has_a_row_with_its_points() -> None:
    """Every test has a row with its points.

    Rows are numbered by category in judging order, and part of the points is no pass.
    """
    whole = document(BOB)
    rows = [(row.number, row.score, row.max_score, row.status) for row in whole.tests]
    assert rows == [
        ("1.1", 20.0, 20.0, "passed"),
        ("1.2", 2.5, 5.0, "failed"),
        ("2.1", 45.0, 45.0, "passed"),
        ("3.1", 0.0, 30.0, "failed"),
    ]
    assert (whole.score, whole.stdout_visibility, whole.execution_time) == (67.5, "hidden", 61.04)
    assert "training/runs" in whole.tests[3].output


def test_the_leaderboard_ranks_accuracy_and_time() -> None:
    """The leaderboard ranks accuracy, then time. Accuracy is never rounded up to a missed goal."""
    board = [(place.value, place.order) for place in document(BOB).leaderboard]
    assert board == [(98.99, "desc"), (56.2, "asc")]
    assert document(replace(BOB, metrics=Metrics())).leaderboard == []


def test_nothing_for_staff_is_in_it() -> None:
    """Nothing for staff is exported. Neither notes nor flags are, only that a person will look."""
    (content,) = GradescopeExporter().export([BOB], options()).values()
    assert b"copied" not in content
    assert b"own-labels" not in content
    assert b"person" in content


def test_what_a_person_has_said_counts() -> None:
    """Adjustments count, with their comments. Points of a test stand in its row, those of the total in the score."""
    said = (Adjustment("accuracy/target", points=30.0), Adjustment(relative=True, points=-1.5, comment="late\x1b[31m"))
    whole = document(replace(BOB, adjustments=said))
    assert (whole.score, whole.tests[3].score, whole.tests[3].status) == (96.0, 30.0, "passed")
    assert "Total: −1.5 points, by a person. Comment: late" in whole.output.splitlines()


def test_lateness_can_be_left_to_the_platform() -> None:
    """`--no-lateness` leaves lateness to the platform. Nothing is taken off twice."""
    late = replace(BOB, lateness=Lateness(2, 20.0))
    assert (document(late).score, document(late, "--no-lateness").score) == (54.0, 67.5)
    assert "2 days late" in document(late).output
    assert "late" not in document(late, "--no-lateness").output


def test_no_grade_is_no_score() -> None:
    """Without a grade there is no score. This is so after a grader fault, and for an excused student."""
    excused = replace(BOB, adjustments=(Adjustment(excused=True),))
    for result in (CAROL, excused):
        whole = document(result)
        assert not whole.has_score
        assert whole.tests == []
        assert whole.output
    assert "disk full" not in document(CAROL).output
    assert document(replace(CAROL, adjustments=(Adjustment(points=80.0),))).score == 80.0


def test_visibility_is_of_all_a_category_or_a_test() -> None:
    """Visibility is set for all, a category or a test. Of several options for one test the last counts."""
    chosen = ("after_due_date", "structure=visible", "structure/loads=hidden")
    seen = [row.visibility for row in document(BOB, *(word for one in chosen for word in ("--visibility", one))).tests]
    assert seen == ["hidden", "visible", "after_due_date", "after_due_date"]
    assert {row.visibility for row in document(BOB).tests} == {"visible"}


@pytest.mark.parametrize("wrong", ["visable", "structur=hidden", "hidden=structure", ""])
def test_a_visibility_that_is_none_is_refused(wrong: str) -> None:
    """An unknown visibility is refused with the known ones."""
    with pytest.raises(ArgumentTypeError, match="there are"):
        visibility(wrong)


def test_words_are_in_the_language_asked_for() -> None:
    """Words are in the language asked for. Titles, messages and the text above them are."""
    english, russian = document(BOB), document(BOB, "--lang", "ru")
    assert english.tests[0].name != russian.tests[0].name
    assert english.leaderboard[0].name != russian.leaderboard[0].name
    assert english.output.splitlines()[0] != russian.output.splitlines()[0]


@pytest.mark.parametrize("text", HOSTILE)
def test_strangers_text_is_plain_text(text: str) -> None:
    """Hostile text stays plain text. The platform renders none of it, and no control character is left."""
    (content,) = GradescopeExporter().export([make_hostile(text, BOB)], options()).values()
    whole = gradescope.read(content)
    formats = {whole.output_format, whole.test_output_format, whole.test_name_format}
    assert formats | {one for row in whole.tests for one in (row.name_format, row.output_format)} == {"text"}
    assert "\x1b" not in content.decode()
    assert "\\u001b" not in content.decode()


def test_of_several_each_has_a_file_and_one_can_be_chosen() -> None:
    """Of several results each has a file. One can be chosen, and a mistyped name is corrected."""
    files = GradescopeExporter().export([BOB, CAROL], options())
    assert list(files) == ["bob/results.json", "carol/results.json"]
    assert list(GradescopeExporter().export([BOB, CAROL], options("--submission", "carol"))) == ["results.json"]
    with pytest.raises(UsageError, match="did you mean `carol`"):
        GradescopeExporter().export([BOB, CAROL], options("--submission", "carlo"))


def test_the_checker_takes_what_the_platform_s_own_library_writes() -> None:
    """Our checker accepts what `gradescope-utils` writes.

    So the rules restated here are no stricter than the platform's.
    """
    runner = pytest.importorskip("gradescope_utils.autograder_utils.json_test_runner")

    class Case(unittest.TestCase):
        def test_one(self) -> None:
            """A test."""

    stream = io.StringIO()
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(Case)
    runner.JSONTestRunner(stream=stream, visibility="visible", stdout_visibility="hidden").run(suite)
    theirs = json.loads(stream.getvalue())
    assert gradescope.read(stream.getvalue().encode()).tests[0].status == "passed"
    ours = json.loads(next(iter(GradescopeExporter().export([BOB], options()).values())))
    assert theirs.keys() <= ours.keys() | {"tests", "leaderboard"}
