"""Tests of `grader PATH… --roster FILE`. They show who is who, who is missing, and what later commands know of it."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from grader.cli import run
from grader.errors import GraderFault
from grader.i18n import translator
from grader.kept_roster import keep_roster, kept_roster
from grader.model import Identity
from grader.output import save_batch
from grader.report.missing import missing_csv
from grader.roster import Person, Roster, read_roster
from tests.testing.stored import graded

TRIAL = ["--dataset", "digits", "--sandbox", "none", "--time-limit", "5"]
ROSTER = "login,name,email,id\nalice,Alice Ames,alice@example.org,1\nbob,Bob Burr,,2\ncarol,Carol Cole,,3\n"


@pytest.fixture
def submit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A class of broken archives, with the roster among them. Nothing in it is executed."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "submit"
    folder.mkdir()
    for name in ("alice", "bob", "stranger"):
        (folder / f"{name}.zip").write_text("no archive")
    (folder / "roster.csv").write_text(ROSTER)
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    """Rows of a table that the grader has written."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_roster_names_people_and_who_is_missing(submit: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A roster names people and shows who is missing.

    It is nobody's submission, and `grades.csv` has only submissions.
    """
    assert run([str(submit), *TRIAL, "--roster", str(submit / "roster.csv")]) == 1
    said = capfd.readouterr().err.splitlines()
    assert "grader: 1 not in the roster, or ambiguous in it: stranger" in said
    assert "grader: 1 in the roster handed in nothing: Carol Cole" in said
    names = {row["submission"]: (row["student_id"], row["student_name"]) for row in rows(Path("grades/grades.csv"))}
    assert names == {"alice": ("1", "Alice Ames"), "bob": ("2", "Bob Burr"), "stranger": ("", "")}
    assert rows(Path("grades/missing.csv")) == [{"student_id": "3", "student_name": "Carol Cole", "student_email": ""}]
    assert Path("grades/overview.md").read_text().endswith("## Handed in nothing\n\n- `Carol Cole`\n")


def test_later_runs_know_the_roster(submit: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Later runs know the roster. Who has a result is not missing, nor who hands in later."""
    roster = submit / "roster.csv"
    run([str(submit), *TRIAL, "--roster", str(roster)])
    roster.unlink()
    run([str(submit / "alice.zip"), *TRIAL])
    assert [row["student_name"] for row in rows(Path("grades/missing.csv"))] == ["Carol Cole"]
    (submit / "carol.zip").write_text("no archive")
    capfd.readouterr()
    run([str(submit / "carol.zip"), *TRIAL])
    assert "handed in nothing" not in capfd.readouterr().err
    assert rows(Path("grades/missing.csv")) == []
    assert "Handed in nothing" not in Path("grades/overview.md").read_text()
    names = [row["student_name"] for row in rows(Path("grades/grades.csv"))]
    assert names == ["Alice Ames", "Bob Burr", "Carol Cole", ""]


def test_a_shard_takes_nobody_for_missing_whom_another_grades(submit: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """In a shard, people graded elsewhere are not missing. `grader merge` takes the roster over."""
    roster = ["--roster", str(submit / "roster.csv")]
    for number in (1, 2):
        run([str(submit), *TRIAL, *roster, "--shard", f"{number}/2", "--out", f"part-{number}"])
        assert "grader: 1 in the roster handed in nothing: Carol Cole" in capfd.readouterr().err
    run(["merge", "part-1", "part-2", "-o", "all"])
    assert [row["student_name"] for row in rows(Path("all/missing.csv"))] == ["Carol Cole"]


def test_without_a_roster_nobody_is_missing(submit: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Without a roster nobody is missing."""
    (submit / "roster.csv").unlink()
    run([str(submit), *TRIAL])
    assert not Path("grades/missing.csv").exists()
    assert "roster" not in capfd.readouterr().err


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "cannot read roster.csv: No such file"), ("a,b\n1,2\n", "roster.csv is no roster: no heading is known")],
)
def test_what_is_no_roster_stops_before_anything_runs(
    submit: Path, capfd: pytest.CaptureFixture[str], content: str | None, said: str
) -> None:
    """A file that is no roster stops the run. It is reported in one line, before anything is graded."""
    if content is not None:
        Path("roster.csv").write_text(content)
    assert run([str(submit), *TRIAL, "--roster", "roster.csv"]) == 2
    (line,) = capfd.readouterr().err.splitlines()
    assert said in line
    assert not Path("grades").exists()


def test_only_what_tells_people_apart_is_kept(tmp_path: Path) -> None:
    """Only names and ids of a roster are kept. A grade book that serves as a roster leaves no grades behind."""
    keep_roster(tmp_path, read_roster(b"Student,ID,Section,Essay (5)\nAnn,1,A,99.5\n", "book.csv"))
    (kept,) = (tmp_path / ".grader").iterdir()
    assert b"99.5" not in kept.read_bytes()
    assert kept_roster(tmp_path) == Roster((Person("Ann", ("1",)),))
    kept.write_bytes(b"\xff\xfea")
    with pytest.raises(GraderFault, match="name the roster once more"):
        kept_roster(tmp_path)


def test_who_is_still_to_be_graded_has_handed_in(tmp_path: Path) -> None:
    """A person still to be graded is not missing. This is so after a run that was stopped."""
    keep_roster(tmp_path, Roster((Person("Ann", ("1",)), Person("Bob", ("2",)), Person("Eve", ("3",)))))
    missing = save_batch(tmp_path, [graded("x", 1, {"id": "1"})], translator("ru"), [Identity("y", {"id": "2"})])
    assert [person.name for person in missing] == ["Eve"]
    assert "## Ничего не сдали\n\n- `Eve`\n" in (tmp_path / "overview.md").read_text()


def test_no_name_in_a_roster_is_a_formula_or_markup(tmp_path: Path) -> None:
    """No name in a roster becomes a formula or markup."""
    assert b"'=1+1" in missing_csv([Person("=1+1")])
    keep_roster(tmp_path, Roster((Person("`</code>`<b>x"),)))
    save_batch(tmp_path, [graded("x", 1)], translator("en"))
    assert "- `'</code>'<b>x`" in (tmp_path / "overview.md").read_text()
