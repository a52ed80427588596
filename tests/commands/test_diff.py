"""Tests of `grader diff`.

It names whose grade differs between two runs and by which tests; its exit code says whether any does.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from grader.cli import run
from grader.i18n import LANGUAGES, translator
from grader.model import Adjustment, Identity, Metrics, Result
from grader.report.difference import difference_text, differences
from tests.testing.results import HOSTILE, PROVENANCE, make_hostile, scored
from tests.testing.stored import faulty, graded, stored

LOADS, EPOCHS, TARGET = "structure/loads", "training/epochs", "accuracy/target"
OUTS = ("old", "new")


def result(name: str, epochs: float = 4.0, target: float = 12.0, **changes: object) -> Result:
    """A result of three tests. Two of them may lack points."""
    tests = (
        scored(LOADS, points=(4.0, 4.0)),
        scored(EPOCHS, "passed" if epochs == 4 else "failed", (epochs, 4.0)),
        scored(TARGET, "passed" if target == 12 else "failed", (target, 12.0)),
    )
    score = 4 + epochs + target
    whole = Result(
        Identity(name), "passed" if score == 20 else "failed", score, 20.0, tests, Metrics(0.9931), PROVENANCE
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def differing(capsys: pytest.CaptureFixture[str], before: Path, after: Path, *options: str) -> list[str]:
    """Run `grader diff`, which must find a difference; return its lines."""
    assert run(["diff", str(before), str(after), *options]) == 1
    said = capsys.readouterr()
    assert said.err == ""
    return said.out.splitlines()


def test_nothing_differs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Equal grades give exit code 0 and only the count. They may be from another time and in other words."""
    before = stored(tmp_path / "old", result("anna"), result("boris", 0))
    later = replace(PROVENANCE, started="2026-02-05T10:00:00Z", seconds=2.0)
    after = stored(tmp_path / "new", result("anna", provenance=later), result("boris", 0, provenance=later))
    assert run(["diff", str(before), str(after), "--lang", "en"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"2 submissions in both, 0 different; only in {before}: 0, only in {after}: 0"
    ]


def test_whose_score_changed_and_by_which_test(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each person whose score changed is listed, with the tests.

    Also shown: who is in one folder alone, and the count.
    """
    before = stored(tmp_path / "old", result("s10", 0), result("s2", 0), result("gone"), result("same", 0))
    seed = replace(PROVENANCE, seed=3)
    after = stored(
        tmp_path / "new",
        result("s10", 4, 6, provenance=seed),
        result("s2", provenance=seed),
        result("new", 0, provenance=seed),
        result("same", 0, provenance=seed),
    )
    title = translator("en")
    assert differing(capsys, before, after, "--lang", "en") == [
        "seed: 0 → 3",
        "",
        f"gone: 20 / 20, only in {before}",
        f"new: 16 / 20, only in {after}",
        "s2: 16 / 20 → 20 / 20",
        f"  failed 0 / 4 → passed 4 / 4  {title('title/' + EPOCHS, {})} ({EPOCHS})",
        "s10: 16 / 20 → 14 / 20",
        f"  failed 0 / 4 → passed 4 / 4  {title('title/' + EPOCHS, {})} ({EPOCHS})",
        f"  passed 12 / 12 → partly 6 / 12  {title('title/' + TARGET, {})} ({TARGET})",
        f"3 submissions in both, 2 different; only in {before}: 1, only in {after}: 1",
    ]


def test_tests_that_make_up_for_each_other_differ(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Equal scores made by other tests are a difference."""
    before, after = stored(tmp_path / "old", result("anna", 0)), stored(tmp_path / "new", result("anna", 4, 8))
    lines = differing(capsys, before, after, "--lang", "en")
    assert lines[0] == "anna: 16 / 20"
    assert len(lines) == 4


def test_points_in_the_grade_book_count(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Points in the grade book count as a difference. Here one folder adds points to one person and excuses another."""
    before = stored(tmp_path / "old", result("anna", 0), result("boris"))
    after = stored(tmp_path / "new", result("anna", 0), result("boris"))
    lines = "submission,test,points,comment,by\nanna,total,+2,,Dr. I\nboris,total,excused,,\n"
    (after / "adjustments.csv").write_text(lines)
    assert differing(capsys, before, after, "--lang", "ru")[:4] == [
        "anna: 16 / 20",
        "  В журнале: 16 / 20 → 18 / 20",
        "boris: 20 / 20",
        "  В журнале: 20 / 20 → освобождение",
    ]


def test_a_fault_of_ours_is_a_difference(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A grader fault is a difference, and says what went wrong."""
    before, after = stored(tmp_path / "old", graded("anna", 100)), stored(tmp_path / "new", faulty("anna"))
    lines = differing(capsys, before, after, "--lang", "en")
    assert lines[0].startswith("anna: 100 / 100 → ")
    assert "  The grader failed on anna: the disk is full" in lines


def test_flags_accuracy_and_other_files_are_told() -> None:
    """Flags, accuracy and changed files are mentioned. They may explain a change, or ask for a look."""
    other = replace(PROVENANCE, submission_sha256="cd" * 32)
    after = result("anna", 0, flags=("integrity/untrained",), metrics=Metrics(0.98), provenance=other)
    text = difference_text([result("anna")], [after], OUTS, translator("en"))
    assert "  Now to be looked at by a person: " + translator("en")("title/integrity/untrained", {}) in text
    assert "  Accuracy: 99.31 % → 98.00 %" in text
    assert "  Other files were handed in." in text
    back = difference_text([after], [result("anna")], OUTS, translator("en"))
    assert "  No longer to be looked at by a person: " in back


def test_an_accuracy_alone_is_no_difference() -> None:
    """Another accuracy with the same points is no difference. Another seed brings another accuracy."""
    assert differences([result("anna")], [result("anna", metrics=Metrics(0.9902))]) == []


def test_a_test_that_was_not_judged_is_named() -> None:
    """A test that only one run has is named, as after a new hidden test."""
    added = scored("training/runs", points=(0.0, 0.0))
    more = replace(result("anna"), tests=(*result("anna").tests, added))
    text = difference_text([result("anna")], [more], OUTS, translator("en"))
    assert text.startswith("anna: 20 / 20\n  not judged → passed 0 / 0  ")


def test_a_category_that_was_not_judged_is_one_line() -> None:
    """A category that one run left out is one line. This happens with `--only`."""
    fewer = replace(result("anna"), tests=result("anna").tests[:1], max_score=4.0, score=4.0)
    text = difference_text([fewer], [result("anna")], OUTS, translator("en"))
    lines = ["anna: 4 / 4 → 20 / 20", "  not judged → 4 / 4  Training loop", "  not judged → 12 / 12  Accuracy"]
    assert text.splitlines()[:3] == lines
    back = difference_text([result("anna")], [fewer], OUTS, translator("en"))
    assert "  12 / 12 → not judged  Accuracy\n" in back


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [None, 40])
def test_strangers_text_stays_text(language: str, width: int | None) -> None:
    """Hostile text stays plain text in the comparison.

    Names, flags, faults and versions are tried, and every word is in the catalogue.
    """
    for text in HOSTILE:
        hostile = replace(make_hostile(text, result("x")), status="grader_error", score=None)
        adjusted = replace(hostile, adjustments=(Adjustment(points=3.0),), flags=(), status="failed", score=1.0)
        said = difference_text([hostile, result("y")], [adjusted], OUTS, translator(language), width=width)
        plain = re.sub(r"\x1b\[[\d;]*m", "", said) if width else said
        assert [character for character in plain if not character.isprintable() and character != "\n"] == []
        assert re.search(r"\b(diff|report)/[a-z]", plain.replace(text, "")) is None


def test_what_cannot_be_compared_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Folders that cannot be compared are refused in one line.

    One has no results, one is empty, and one is compared with itself.
    """
    one, empty = stored(tmp_path / "one", result("anna")), stored(tmp_path / "empty")
    for arguments, said in (
        ((one, tmp_path / "nothing"), "holds no results: "),
        ((one, empty), "holds no results yet"),
        ((one, tmp_path / "one" / ".." / "one"), "one folder"),
    ):
        assert run(["diff", *map(str, arguments)]) == 2
        printed, told = capsys.readouterr()
        assert (printed, told.count("\n")) == ("", 1)
        assert said in told
    assert not (tmp_path / "nothing").exists()
