"""Tests of `adjustments.csv`. What people write there survives every run, and is shown as theirs."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from grader.adjustments import parse_adjustments, read_adjustments
from grader.cli import run
from grader.errors import UsageError
from grader.model import Adjustment
from tests.testing.gradebook import NOBODY_S, handed_in, rows

TESTS = ("structure/layers", "structure/loads")
HEAD = "submission,test,points,comment,by\n"


def parsed(text: str) -> dict[str, tuple[Adjustment, ...]]:
    """Parse lines of adjustments below the usual headings."""
    return dict(parse_adjustments((HEAD + text).encode(), TESTS).by_submission)


def test_every_kind_of_line() -> None:
    """Every kind of line is read.

    A number replaces points, a sign adds, `excused` excuses, a comment comments; each may be about a test, the total or
    lateness.
    """
    found = parsed(
        "alice,structure/layers,2.5,right under another name,Dr. I\n"
        "alice,total,+5,,\n"
        "bob,,-3,,\n"
        "bob,Total,excused,was ill,\n"
        "carol,lateness,Excused,,\n"
        "carol,,,well done,\n"
        ",,,,\n"
    )
    assert found == {
        "alice": (
            Adjustment("structure/layers", 2.5, comment="right under another name", by="Dr. I"),
            Adjustment("", 5.0, relative=True),
        ),
        "bob": (Adjustment("", -3.0, relative=True), Adjustment("", excused=True, comment="was ill")),
        "carol": (Adjustment("lateness", excused=True), Adjustment(comment="well done")),
    }


def test_as_a_russian_spreadsheet_saves_it() -> None:
    """A file saved by a Russian spreadsheet is read.

    It has semicolons, decimal commas, Windows' code page, and Russian headings in another order.
    """
    text = "кто;баллы;работа;тест\r\nИванова;2,5;аня;structure/layers\r\nИванова;освобождена;оля;итог\r\n"
    found = parse_adjustments(text.encode("cp1251"), TESTS).by_submission
    assert found["аня"] == (Adjustment("structure/layers", 2.5, by="Иванова"),)
    assert found["оля"] == (Adjustment("", excused=True, by="Иванова"),)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("alice,structure/layrs,2,,", "adjustments.csv:2: there is no test `structure/layrs`; did you mean"),
        ("alice,total,many,,", "adjustments.csv:2: points are a number, +5, -5 or `excused`, not `many`"),
        ("alice,total,1e9,,", "points are a number"),
        ("alice,total,nan,,", "points are a number"),
        (",total,5,,", "adjustments.csv:2: the column `submission` is empty"),
        ("alice,total,,,", "adjustments.csv:2: this says nothing"),
        ("alice,lateness,5,,", "adjustments.csv:2: lateness can only be `excused`"),
    ],
)
def test_a_line_that_makes_no_sense_is_named(line: str, said: str) -> None:
    """A line that makes no sense is refused. The message has its number."""
    with pytest.raises(UsageError) as error:
        parsed(line)
    assert said in str(error.value)


def test_a_table_without_headings_is_refused() -> None:
    """A table without headings is refused. Its first line would be lost."""
    with pytest.raises(UsageError, match=r"adjustments.csv:1: the column `submission` is missing"):
        parse_adjustments(b"alice,total,5\n", TESTS)


def test_no_file_is_no_adjustment(tmp_path: Path) -> None:
    """A missing or empty file has no adjustments."""
    assert read_adjustments(tmp_path, TESTS).by_submission == {}
    assert parse_adjustments(b"", TESTS).by_submission == {}


@pytest.fixture
def graded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An output folder with the results of alice and bob. It and the submissions lie in the working directory."""
    monkeypatch.chdir(tmp_path)
    handed_in(tmp_path / "submit", "alice", "bob")
    assert run(["submit", *NOBODY_S]) == 1
    return Path("grades")


def say(out: Path, *lines: str) -> None:
    """Write these lines to `adjustments.csv`."""
    (out / "adjustments.csv").write_text(HEAD + "".join(f"{line}\n" for line in lines), encoding="utf-8")


def test_a_persons_say_stands_in_every_report_and_no_run_loses_it(graded: Path) -> None:
    """Adjustments stand in every report and survive every run.

    They survive the same command, `--fresh`, a rejudge and an export; taken back, they are gone.
    """
    say(graded, "alice,total,42,=HYPERLINK(1) *well* <b>done</b>,Dr. Ivanova", "bob,total,excused,,")
    for command in (["submit", *NOBODY_S], ["submit", *NOBODY_S, "--fresh"], ["rejudge", "grades"]):
        run(command)
        alice, bob = (rows(graded)[name] for name in ("alice", "bob"))
        assert (alice["score"], alice["final_score"], alice["adjusted"]) == ("0", "42", "yes")
        assert alice["comment"].startswith("'=HYPERLINK")
        assert (bob["score"], bob["final_score"]) == ("0", "excused")
        english, russian = (
            (graded / "alice" / f"feedback.{language}.md").read_text(encoding="utf-8") for language in ("en", "ru")
        )
        assert "**In the grade book: 42 of 100 points.**" in english
        assert "Total: a person has given 42 points." in english
        assert "Decided by `Dr. Ivanova`." in english
        assert "`=HYPERLINK(1) *well* <b>done</b>`" in english
        assert "**В журнале: 42 из 100.**" in russian
        overview = (graded / "overview.md").read_text(encoding="utf-8")
        assert "## Adjustments and lateness" in overview
        assert "- `bob`: 0 / 100. In the grade book: excused, no grade." in overview
    assert run(["export", "csv", "grades", "-o", "exported.csv"]) == 0
    assert Path("exported.csv").read_bytes() == (graded / "grades.csv").read_bytes()
    (graded / "adjustments.csv").unlink()
    run(["submit", *NOBODY_S])
    assert "grade book" not in (graded / "alice" / "feedback.en.md").read_text(encoding="utf-8")
    assert rows(graded)["alice"]["adjusted"] == ""


def test_a_run_tells_whose_grade_is_another(graded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The table has what was earned, so a line names those of the run whose grade is not that."""
    say(graded, "alice,total,42,,", "bob,total,excused,,")
    run(["submit", *NOBODY_S])
    assert "grader: adjusted or late, see final_score in grades.csv: alice, bob\n" in capsys.readouterr().err
    run(["submit/bob.zip", *NOBODY_S])
    assert "grader: adjusted or late, see final_score in grades.csv: bob\n" in capsys.readouterr().err


def test_nothing_is_graded_on_terms_that_make_no_sense(graded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong line stops every command before it grades. The message names the line, and no file changes."""
    before = (graded / "grades.csv").read_bytes()
    say(graded, "alice,dropout/nothing,3,,")
    for command in (["submit", *NOBODY_S, "--fresh"], ["rejudge", "grades"], ["export", "csv", "grades"]):
        capsys.readouterr()
        assert run(command) == 2
        assert "adjustments.csv:2: there is no test `dropout/nothing`" in capsys.readouterr().err
    assert (graded / "grades.csv").read_bytes() == before


def test_who_is_adjusted_and_not_there_is_named(graded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An adjustment for an unknown submission is reported. The run goes on, but its owner would miss the points."""
    say(graded, "alcie,total,3,,")
    for command in (["submit", *NOBODY_S], ["rejudge", "grades"], ["export", "csv", "grades", "-o", "x.csv"]):
        capsys.readouterr()
        run(command)
        assert "grader: adjustments.csv:2: there is no submission `alcie`; did you mean" in capsys.readouterr().err


def test_a_merge_tells_whose_say_it_left_behind(graded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A merge names the adjustments that it leaves behind. Only people know which of two machines' lines count."""
    say(graded, "alice,total,42,,")
    assert run(["merge", "grades", "-o", "all"]) == 1
    assert "grades/adjustments.csv is not merged: put its lines into all/adjustments.csv" in capsys.readouterr().err
    (Path("all") / "adjustments.csv").write_bytes((graded / "adjustments.csv").read_bytes())
    run(["merge", "grades", "-o", "all"])
    with Path("all/grades.csv").open(encoding="utf-8-sig", newline="") as file:
        assert {row["submission"]: row["final_score"] for row in csv.DictReader(file)} == {"alice": "42", "bob": "0"}
