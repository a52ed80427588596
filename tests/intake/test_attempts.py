"""Tests of several attempts by one person. The latest is graded, or all are, or all are and the best counts."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from grader.cli import run
from grader.intake import discover
from grader.model import Submission
from tests.testing.gradebook import NOBODY_S, rows

FIRST, SECOND = "2025-11-02-09-00-00", "2025-11-05-18-30-00"


def packed(path: Path, marker: str) -> None:
    """Write an archive of a submission that holds `marker`."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("net.py", f"# {marker}\n")


def blackboard(folder: Path) -> Path:
    """Write a Blackboard download with two attempts of one person.

    It has the platform's notes, and one attempt of another person.
    """
    folder.mkdir()
    for attempt, marker in ((FIRST, "first"), (SECOND, "second")):
        packed(folder / f"HW_alee1_attempt_{attempt}_hw.zip", marker)
        (folder / f"HW_alee1_attempt_{attempt}.txt").write_text("Name: Ann Lee")
    packed(folder / f"HW_bob2_attempt_{FIRST}_hw.zip", "bob")
    return folder


def canvas(folder: Path) -> Path:
    """Write a Canvas download with three uploads of one file. It has one file of another person, too."""
    folder.mkdir()
    for number, name in enumerate(("hw.zip", "hw-1.zip", "hw-2.zip")):
        packed(folder / f"leeann_12345_{6780 + number}_{name}", f"version {number}")
    packed(folder / "smithbob_12346_6790_hw.zip", "bob")
    return folder


def by_name(submissions: list[Submission]) -> dict[str, str]:
    """The marker of each submission, by name."""
    return {one.name: one.files["net.py"].decode().strip("# \n") for one in submissions}


def test_the_latest_is_graded_unless_more_is_asked_for(tmp_path: Path) -> None:
    """The latest attempt is graded unless more is asked for."""
    found = discover([blackboard(tmp_path / "b")])
    assert by_name(found) == {"alee1": "second", "bob2": "bob"}


def test_each_attempt_is_a_submission(tmp_path: Path) -> None:
    """With `all`, each attempt is a submission of one person.

    The latest has the owner's name, earlier ones have a number.
    """
    found = discover([blackboard(tmp_path / "b")], attempts="all")
    assert by_name(found) == {"alee1": "second", "alee1-attempt-1": "first", "bob2": "bob"}
    assert {one.identity.student["id"] for one in found if one.name.startswith("alee1")} == {"alee1"}
    assert all(not one.identity.attempt_of and not one.identity.earlier_attempts for one in found)
    found = discover([canvas(tmp_path / "c")], attempts="all")
    assert by_name(found) == {
        "leeann_12345": "version 2",
        "leeann_12345-attempt-2": "version 1",
        "leeann_12345-attempt-1": "version 0",
        "smithbob_12346": "bob",
    }


def test_for_the_best_they_are_held_together(tmp_path: Path) -> None:
    """With `best`, attempts name what they share. A person with one attempt stands alone."""
    found = discover([blackboard(tmp_path / "b")], attempts="best")
    assert {one.name: one.identity.attempt_of for one in found} == {
        "alee1": "alee1",
        "alee1-attempt-1": "alee1",
        "bob2": "",
    }


def test_modules_that_came_one_by_one_make_no_attempts(tmp_path: Path) -> None:
    """Modules uploaded one by one make no attempts.

    Nobody knows which `net.py` belonged to which `training.py`, so the newest of each counts.
    """
    folder = tmp_path / "c"
    folder.mkdir()
    for number, name in enumerate(("net.py", "training.py", "net-1.py")):
        (folder / f"leeann_12345_{6780 + number}_{name}").write_text(f"# {name}\n")
    packed(folder / "smithbob_12346_6790_hw.zip", "bob")
    found = discover([folder], attempts="all")
    assert by_name(found) == {"leeann_12345": "net-1.py", "smithbob_12346": "bob"}
    assert found[0].identity.earlier_attempts == ("leeann_12345_6780_net.py",)


def test_the_best_attempt_is_the_one_in_the_grade_book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The best attempt is the one in the grade book.

    Adjustments of any attempt can change which is best; without `best` the latest counts again.
    """
    monkeypatch.chdir(tmp_path)
    blackboard(tmp_path / "submit")
    for path in Path("submit").glob("*.zip"):
        path.write_bytes(b"no archive")
    options = ["submit", *NOBODY_S, "--attempts", "best"]
    assert run(options) == 1
    assert set(rows(Path("grades"))) == {"alee1", "bob2"}
    Path("grades/adjustments.csv").write_text("submission,points\nalee1-attempt-1,30\nalee1,20\n")
    assert run(options) == 1
    table = rows(Path("grades"))
    assert set(table) == {"alee1-attempt-1", "bob2"}
    assert (table["alee1-attempt-1"]["final_score"], table["alee1-attempt-1"]["student_id"]) == ("30", "alee1")
    assert f"HW_alee1_attempt_{SECOND}_hw.zip" in Path("grades/overview.md").read_text(encoding="utf-8")
    assert run(["submit", *NOBODY_S]) == 1
    assert rows(Path("grades"))["alee1"]["final_score"] == "20"
    assert set(rows(Path("grades"))) == {"alee1", "bob2"}
    assert run(["submit", *NOBODY_S, "--attempts", "all"]) == 1
    assert set(rows(Path("grades"))) == {"alee1", "alee1-attempt-1", "bob2"}


def test_what_is_said_about_a_person_holds_for_every_attempt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Adjustments of a person hold for every attempt.

    An excused person gets no grade by an earlier one; added points go with the attempt that counts.
    """
    monkeypatch.chdir(tmp_path)
    blackboard(tmp_path / "submit")
    for path in Path("submit").glob("*.zip"):
        path.write_bytes(b"no archive")
    said = Path("grades/adjustments.csv")
    said.parent.mkdir()
    for lines, final in (
        ("alee1,total,excused\n", "excused"),
        ("alee1,total,+5\nalee1-attempt-1,total,20\n", "25"),
        ("alee1,structure/loads,2\nalee1-attempt-1,total,20\n", "20"),
    ):
        said.write_text("submission,test,points\n" + lines)
        assert run(["submit", *NOBODY_S, "--attempts", "best"]) == 1
        (row,) = (row for row in rows(Path("grades")).values() if row["student_id"] == "alee1")
        assert row["final_score"] == final
    assert "there is no submission" not in capsys.readouterr().err
