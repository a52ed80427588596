"""`grader export gradescope`: what it writes is what the platform takes, and says what students may read."""

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
    """What the command line makes of these."""
    parser = ArgumentParser()
    parser.add_argument("out", nargs="?", type=Path)
    GradescopeExporter().add_arguments(parser)
    return parser.parse_args(arguments)


def document(result: Result, *arguments: str) -> gradescope.Document:
    """What is written of one result."""
    (content,) = GradescopeExporter().export([result], options(*arguments)).values()
    return gradescope.read(content)


def test_every_test_has_a_row_with_its_points() -> None:
    """Numbered by category, in the order of judging; a part of the points is no pass."""
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
    """Accuracy downwards and never rounded up to a goal that was missed, seconds upwards."""
    board = [(place.value, place.order) for place in document(BOB).leaderboard]
    assert board == [(98.99, "desc"), (56.2, "asc")]
    assert document(replace(BOB, metrics=Metrics())).leaderboard == []


def test_nothing_for_staff_is_in_it() -> None:
    """Neither a note nor what was flagged, only that somebody will look."""
    (content,) = GradescopeExporter().export([BOB], options()).values()
    assert b"copied" not in content
    assert b"own-labels" not in content
    assert b"person" in content


def test_what_a_person_has_said_counts() -> None:
    """Points of a test stand in its row, those of the total in the score, and the comment is there to be read."""
    said = (Adjustment("accuracy/target", points=30.0), Adjustment(relative=True, points=-1.5, comment="late\x1b[31m"))
    whole = document(replace(BOB, adjustments=said))
    assert (whole.score, whole.tests[3].score, whole.tests[3].status) == (96.0, 30.0, "passed")
    assert "Total: −1.5 points, by a person. Comment: late" in whole.output.splitlines()


def test_lateness_can_be_left_to_the_platform() -> None:
    """So that nothing is taken off twice."""
    late = replace(BOB, lateness=Lateness(2, 20.0))
    assert (document(late).score, document(late, "--no-lateness").score) == (54.0, 67.5)
    assert "2 days late" in document(late).output
    assert "late" not in document(late, "--no-lateness").output


def test_no_grade_is_no_score() -> None:
    """After a fault of the grader, and where somebody is excused: the platform is given nothing to add up."""
    excused = replace(BOB, adjustments=(Adjustment(excused=True),))
    for result in (CAROL, excused):
        whole = document(result)
        assert not whole.has_score
        assert whole.tests == []
        assert whole.output
    assert "disk full" not in document(CAROL).output
    assert document(replace(CAROL, adjustments=(Adjustment(points=80.0),))).score == 80.0


def test_visibility_is_of_all_a_category_or_a_test() -> None:
    """Of several options about one test the last counts."""
    chosen = ("after_due_date", "structure=visible", "structure/loads=hidden")
    seen = [row.visibility for row in document(BOB, *(word for one in chosen for word in ("--visibility", one))).tests]
    assert seen == ["hidden", "visible", "after_due_date", "after_due_date"]
    assert {row.visibility for row in document(BOB).tests} == {"visible"}


@pytest.mark.parametrize("wrong", ["visable", "structur=hidden", "hidden=structure", ""])
def test_a_visibility_that_is_none_is_refused(wrong: str) -> None:
    """With what there is."""
    with pytest.raises(ArgumentTypeError, match="there are"):
        visibility(wrong)


def test_words_are_in_the_language_asked_for() -> None:
    """Titles, messages, and what stands above them."""
    english, russian = document(BOB), document(BOB, "--lang", "ru")
    assert english.tests[0].name != russian.tests[0].name
    assert english.leaderboard[0].name != russian.leaderboard[0].name
    assert english.output.splitlines()[0] != russian.output.splitlines()[0]


@pytest.mark.parametrize("text", HOSTILE)
def test_strangers_text_is_plain_text(text: str) -> None:
    """The platform renders nothing of it, and it takes no terminal's meaning with it."""
    (content,) = GradescopeExporter().export([make_hostile(text, BOB)], options()).values()
    whole = gradescope.read(content)
    formats = {whole.output_format, whole.test_output_format, whole.test_name_format}
    assert formats | {one for row in whole.tests for one in (row.name_format, row.output_format)} == {"text"}
    assert "\x1b" not in content.decode()
    assert "\\u001b" not in content.decode()


def test_of_several_each_has_a_file_and_one_can_be_chosen() -> None:
    """A name that nobody has is answered with the one that was meant."""
    files = GradescopeExporter().export([BOB, CAROL], options())
    assert list(files) == ["bob/results.json", "carol/results.json"]
    assert list(GradescopeExporter().export([BOB, CAROL], options("--submission", "carol"))) == ["results.json"]
    with pytest.raises(UsageError, match="did you mean `carol`"):
        GradescopeExporter().export([BOB, CAROL], options("--submission", "carlo"))


def test_the_checker_takes_what_the_platform_s_own_library_writes() -> None:
    """Held against `gradescope-utils`, so that the rules restated here are no stricter than the platform's."""
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
