"""Tests of `grader export blackboard`. The grade centre comes back with one column filled."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.cli import run
from grader.model import Result
from tests.testing.importers import blackboard_import
from tests.testing.stored import graded, stored

COLUMN = "MNIST [Total Pts: 100 Score] |4045949"
HEADINGS = ["Last Name", "First Name", "Username", "Student ID", "Last Access", "Availability"]
ROWS = [
    [*HEADINGS, "Weighted Total [Total Pts: up to 505 Score] |526940", COLUMN, "TA [Total Pts: 0 Text] |1720399"],
    ["Lee", "Ann", "alee1", "0042", "2025-11-02 09:00:00", "Yes", "50.5", "Needs Grading(50.00)", "x"],
    ["Smith", "Bob", "bob", "0043", "", "Yes", "", "", ""],
    ["Иванова", "Мария", "masha", "0044", "", "Yes", "", "12.00", ""],
    ["Preview", "User", "teacher_previewuser", "", "", "Yes", "", "", ""],
]
FEEDBACK = ["Grading Notes", "Notes Format", "Feedback to Learner", "Feedback Format"]
ANN = graded("alee1", 87.5, {"id": "alee1"}, "HW_alee1_attempt_2025-11-03-10-30-00_hw.zip")
BOB = graded("bob", 100, {"id": "bob"}, "HW_bob_attempt_2025-11-03-10-30-00_hw.zip")


def as_csv(rows: list[list[str]]) -> bytes:
    """Encode as UTF-8 with a byte order mark. Everything stands in quotes, and lines end in bare line feeds."""
    return ("\ufeff" + "".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in rows)).encode()


def as_tabs(rows: list[list[str]]) -> bytes:
    """Encode as UTF-16 with tabs and quotes. Blackboard calls such a file `.xls`."""
    text = "".join("\t".join(f'"{cell}"' for cell in row) + "\r\n" for row in rows)
    return b"\xff\xfe" + text.encode("utf-16-le")


def fill(tmp_path: Path, book: bytes, *results: Result, options: tuple[str, ...] = ()) -> tuple[int, bytes]:
    """Fill a grade centre; return the exit code and the file."""
    out, made, path = stored(tmp_path / "grades", *results), tmp_path / "filled", tmp_path / "gc.xls"
    path.write_bytes(book)
    code = run(["export", "blackboard", str(out), "--gradebook", str(path), "-o", str(made), *options])
    return code, made.read_bytes() if made.exists() else b""


@pytest.mark.parametrize("written", [as_csv, as_tabs])
def test_the_one_column_with_points_is_filled(tmp_path: Path, written: object) -> None:
    """The one column with points is filled. Totals and texts are not; encoding, quotes and line ends stay."""
    assert callable(written)
    code, filled = fill(tmp_path, written(ROWS), ANN, BOB)
    expected = [list(row) for row in ROWS]
    expected[1][7], expected[2][7] = "87.5", "100"
    assert (code, filled) == (0, written(expected))
    done = blackboard_import(filled)
    assert (done["alee1"]["4045949"], done["bob"]["4045949"], done["masha"]["4045949"]) == ("87.5", "100", "12.00")


def test_people_are_found_by_number_and_name_too(tmp_path: Path) -> None:
    """People are found by number and by name. A preview user is nobody."""
    results = [graded("x", 10, {"id": "0043"}), graded("y", 20, {"name": "Мария Иванова"}), graded("Preview User", 1)]
    code, filled = fill(tmp_path, as_csv(ROWS), *results)
    done = blackboard_import(filled)
    assert (code, done["bob"]["4045949"], done["masha"]["4045949"]) == (1, "10", "20")
    assert "4045949" not in done["teacher_previewuser"]


def test_a_russian_grade_centre(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A Russian grade centre is filled.

    Headings are found by their meaning, the points by their number, and decimal commas stay.
    """
    rows = [
        ["Фамилия", "Имя", "Имя пользователя", "MNIST [Всего баллов: 20 Оценка] |77"],
        ["Lee", "Ann", "alee1", ""],
        ["Smith", "Bob", "bob", "12,50"],
    ]
    code, filled = fill(tmp_path, as_tabs(rows), ANN)
    rows[1][3] = "17,5"
    assert (code, filled) == (0, as_tabs(rows))
    assert "points are scaled from 100 to the 20 of gc.xls" in capfd.readouterr().err


def test_feedback_to_the_learner(tmp_path: Path) -> None:
    """Feedback to the learner is filled in. The column must have been downloaded with its comments."""
    rows = [[*row, "", "", "", ""] for row in ROWS]
    rows[0][-4:] = FEEDBACK
    _, filled = fill(tmp_path, as_csv(rows), ANN, options=("--feedback",))
    assert blackboard_import(filled)["alee1"]["Feedback to Learner"]
    assert "Feedback to Learner" not in blackboard_import(filled)["bob"]


@pytest.mark.parametrize(
    ("rows", "options", "said"),
    [
        ([["Username", "MNIST"], ["alee1", ""]], (), "gc.xls has no column that grades could be filled into"),
        ([["Name", COLUMN], ["Ann", ""]], (), "gc.xls is not a Blackboard grade centre (no column Username)"),
        ([["Username", COLUMN, COLUMN.replace("|4", "|5")]], (), "gc.xls has 2 columns for grades"),
        ([["Username", COLUMN]], ("--column", "526940"), "--column 526940: no column"),
    ],
)
def test_wrong_usage_is_one_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], rows: list[list[str]], options: tuple[str, ...], said: str
) -> None:
    """Wrong usage is told in one line, and nothing is written."""
    assert fill(tmp_path, as_csv(rows), ANN, options=options) == (2, b"")
    (line,) = capfd.readouterr().err.splitlines()
    assert said in line


def test_of_two_columns_the_id_chooses(tmp_path: Path) -> None:
    """The id chooses between two columns. They may have the same title."""
    rows = [[*row, ""] for row in ROWS]
    rows[0][-1] = COLUMN.replace("4045949", "5")
    assert fill(tmp_path, as_csv(rows), ANN, options=("--column", "mnist"))[0] == 2
    code, filled = fill(tmp_path, as_csv(rows), ANN, options=("--column", "5"))
    assert (code, blackboard_import(filled)["alee1"]["5"]) == (0, "87.5")
