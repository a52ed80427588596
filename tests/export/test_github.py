"""Tests of `grader export summary` and `annotations`. A job of GitHub Actions shows them."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import replace

import pytest

from grader.errors import UsageError
from grader.export.base import Exporter
from grader.export.registry import EXPORTERS
from grader.model import Adjustment, Lateness, Result
from tests.testing.actions import Command, commands_in
from tests.testing.results import HOSTILE, make_hostile, outline, scored


def exported(target: str, results: Result | Sequence[Result], *arguments: str) -> str:
    """Export `results` to `target`; return the text."""
    exporter: Exporter = EXPORTERS[target]()
    parser = ArgumentParser()
    exporter.add_arguments(parser)
    of = [results] if isinstance(results, Result) else results
    (content,) = exporter.export(of, parser.parse_args(arguments)).values()
    return content.decode()


def test_an_error_is_shown_where_it_stands(failed: Result) -> None:
    """An error is shown at its line in the repository. A blocked test shows none."""
    first, second = commands_in(exported("annotations", failed))
    assert first.name == "error"
    assert first.properties == {"title": "What dropout keeps is scaled by 1/(1−p)"}
    assert second == Command(
        "error", second.message, {"file": "student/training.py", "line": "12", "title": "train runs to its end"}
    )
    assert "ValueError: oops" in second.message
    (_, moved) = commands_in(exported("annotations", failed, "--folder", "homework/student"))
    assert moved.properties["file"] == "homework/student/training.py"


def test_nothing_wrong_nothing_shown(passed: Result) -> None:
    """A passed result has no annotations."""
    assert exported("annotations", passed) == ""


def test_places_within_messages_and_in_notebooks(nested: Result) -> None:
    """Places within messages are found. A notebook's cell has no line that GitHub could show, so the text names it."""
    first, second = commands_in(exported("annotations", nested))
    assert (first.properties["file"], first.properties["line"]) == ("student/blocks/residual.py", "7")
    assert "file" not in second.properties
    assert "cell 3, line 2" in second.message


def test_ten_are_shown_and_the_others_counted(failed: Result) -> None:
    """Ten errors are shown and the others counted.

    GitHub shows ten in a step, and would leave out the others in silence.
    """
    tests = tuple(scored(f"structure/x{n}", "failed", (0.0, 1.0), hint="x", data={"n": n}) for n in range(12))
    commands = commands_in(exported("annotations", replace(failed, tests=tests)))
    assert len(commands) == 10
    assert commands[-1].message.startswith("3 further tests")


def test_folder_is_relative(failed: Result) -> None:
    """`--folder` must be relative, as paths in annotations are."""
    with pytest.raises(UsageError, match="relative to the repository"):
        exported("annotations", failed, "--folder", "/home/runner")


@pytest.mark.parametrize("text", [*HOSTILE, "a,file=/etc/passwd", "x::y", "100%25", "\r\n::add-mask::a", "##[error]z"])
def test_no_text_leaves_its_annotation(failed: Result, text: str) -> None:
    """No text leaves its annotation. Each line is one error with our properties."""
    written = exported("annotations", make_hostile(text, failed))
    commands = commands_in(written)
    assert [command.name for command in commands] == ["error"] * len(written.splitlines())
    assert all(set(command.properties) <= {"file", "line", "title"} for command in commands)
    assert all(command.properties.get("file", "student/").startswith("student/") for command in commands)


OUTSIDE = ["/etc/passwd.py:1", "../grader/x.py:1", "net.py:0", "net.py", "a:b.py:1"]
FORGED = ["\x1b]0;title\x07x.py:1", "\u202enet.py:1", "a\u200bb.py:1", "##[add-mask]x.py:1"]


@pytest.mark.parametrize("place", [*OUTSIDE, *FORGED])
def test_a_place_outside_the_package_is_none(failed: Result, place: str) -> None:
    """A place outside the package is not shown. Nor is one without a file and a line, or with a forged name."""
    test = scored("structure/x", "failed", (0.0, 1.0), hint="x", data={"where": place})
    (command,) = commands_in(exported("annotations", replace(failed, tests=(test,))))
    assert set(command.properties) == {"title"}


def test_a_percent_sign_comes_back(failed: Result) -> None:
    """A percent sign in a message stays as it is. It is neither lost nor unescaped twice."""
    data = {"where": "net.py:1", "exception": "ValueError: 50%0Aoff", "code": "x"}
    test = scored("training/runs", "error", (0.0, 1.0), data=data)
    (command,) = commands_in(exported("annotations", replace(failed, tests=(test,))))
    assert "50%0Aoff" in command.message


def test_a_summary_has_the_points_the_first_mistake_and_the_curve(failed: Result) -> None:
    """A summary has points, first mistake, accuracy and curve. They come in this order, on one page."""
    text = exported("summary", failed)
    parts = ["| ✅ Structure | 20.1 / 30 |", "| ❌ Dropout | 10.2 / 20 |", "| **Total** | **30.3 / 100** |"]
    parts += ["## What to do first", "## Accuracy", "## Training loss by epoch", "█"]
    places = [text.find(part) for part in parts]
    assert -1 not in places, text
    assert places == sorted(places)


def test_a_summary_tells_what_changed_the_points(failed: Result) -> None:
    """A summary tells what changed the points. It may be lateness or a person; the total is that of the grade book."""
    text = exported("summary", replace(failed, lateness=Lateness(1, 10.0)))
    assert "| Adjustments and lateness | −3.03 |" in text
    assert "**27.27 / 100**" in text
    assert "Handed in 1 day late: 10 % off, 3.03 points." in text
    excused = exported("summary", replace(failed, adjustments=(Adjustment(excused=True, comment="ill"),)))
    assert "In the grade book: excused, no grade." in excused
    assert "Comment: `ill`" in excused
    assert "**Total**" not in excused


def test_a_fault_is_no_zero(broken: Result) -> None:
    """A grader fault is told as such, never as 0."""
    text = exported("summary", broken)
    assert "The grader itself failed" in text
    assert "/ 100" not in text


def test_a_class_has_its_overview(failed: Result, passed: Result) -> None:
    """A class has its overview, as in `overview.md`."""
    alice = replace(passed, identity=replace(passed.identity, name="alice"))
    assert "2 submissions" in exported("summary", [alice, failed])
    assert exported("summary", [alice, failed], "--submission", "alice") == exported("summary", alice)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_leaves_its_place_in_a_summary(failed: Result, text: str) -> None:
    """Hostile text does not change a summary's outline. It may come from a submission or from a person."""

    def of(words: str) -> list[str]:
        result = replace(
            make_hostile(words, failed), adjustments=(Adjustment(points=1.0, relative=True, comment=words),)
        )
        return outline(exported("summary", result))

    assert of(text) == of("harmless") or not text.strip()
