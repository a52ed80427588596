"""Tests of `grader export canvas`. The grade book comes back with one column filled, and Canvas reads it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from grader.cli import run
from grader.export.base import Files
from grader.export.canvas import CanvasExporter
from grader.model import Adjustment, Result
from tests.testing.importers import canvas_import
from tests.testing.stored import faulty, graded, options_of, stored

HEADINGS = "Student,ID,SIS User ID,SIS Login ID,Section,Quiz (555),MNIST perceptron (98765),Current Score,Final Score"
BOOK = f"""{HEADINGS}
    Points Possible,,,,,10,100,(read only),(read only)
"Lee, Ann",1001,S1,alee@example.org,"Sec 1, morning",7.50,,50.0,50.0
"Smith, Bob",1002,S2,bob,Sec 1,,12.00,,
"Иванова, Мария",1003,S3,masha,Sec 1,,,,
"Quill, Zoe",1004,S4,zoe,Sec 1,9.00,,,
"Student, Test",1999,,a1b2c3,Sec 1,,,,
"""
STUDENTS = {
    "1001": "Ann Lee",
    "1002": "Bob Smith",
    "1003": "Мария Иванова",
    "1004": "Zoe Quill",
    "1999": "Test Student",
}
LOGINS = {"S1": "1001", "alee@example.org": "1001", "S2": "1002", "bob": "1002", "S3": "1003", "masha": "1003"}
ANN = graded("leeann_1001", 87.5, {"id": "1001", "name": "leeann"}, "leeann_LATE_1001_67999_hw-2.zip")
BOB = graded("smithbob_1002", 100, {"id": "1002", "name": "smithbob"}, "smithbob_1002_68000_net.py")
MASHA = graded("ивановамария_1003", 22.25, {"id": "1003", "name": "ивановамария"}, "ивановамария_1003_68001_hw.zip")

Fill = Callable[..., tuple[int, str, list[str]]]


@pytest.fixture
def fill(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Fill:
    """Fill a Canvas grade book with results. Returns the exit code, the file ("" for none) and the lines on stderr."""

    def filled(book: str | bytes, *results: Result, options: tuple[str, ...] = ()) -> tuple[int, str, list[str]]:
        out, made = stored(tmp_path / "grades", *results), tmp_path / "filled.csv"
        path = tmp_path / "book.csv"
        path.write_bytes(book if isinstance(book, bytes) else book.encode())
        code = run(["export", "canvas", str(out), "--gradebook", str(path), "-o", str(made), *options])
        content = made.read_bytes().decode() if made.exists() else ""
        return code, content, [line.removeprefix("grader: ") for line in capfd.readouterr().err.splitlines()]

    return filled


MNIST = ("--column", "98765")


def test_one_column_is_filled_and_nothing_else(fill: Fill) -> None:
    """Only the one column changes, byte for byte. Grades that were there are replaced, and both facts are reported."""
    code, filled, said = fill(BOOK, ANN, BOB, MASHA, options=MNIST)
    expected = (
        BOOK.replace('morning",7.50,,50.0', 'morning",7.50,87.5,50.0')
        .replace("bob,Sec 1,,12.00,,", "bob,Sec 1,,100,,")
        .replace("masha,Sec 1,,,,", "masha,Sec 1,,22.25,,")
    )
    assert filled == expected
    assert code == 0
    assert said == [
        "without a submission: 1, left as they were (--missing 0 fills them)",
        "grades into “MNIST perceptron (98765)”: 3, 1 of them in place of another",
    ]


def test_canvas_reads_it(fill: Fill) -> None:
    """Canvas gives every grade to its student. No student and no assignment is made up."""
    _, filled, _ = fill(BOOK, ANN, BOB, MASHA, options=MNIST)
    done = canvas_import(filled.encode(), STUDENTS, LOGINS)
    assert (done.new_assignments, done.new_students) == ([], [])
    assert done.grades["98765"] == {"1001": "87.5", "1002": "100", "1003": "22.25"}
    assert done.grades["555"] == {"1001": "7.50", "1004": "9.00"}


def test_semicolons_and_commas(fill: Fill) -> None:
    """Semicolons and decimal commas are kept.

    Grade books exported for a German or Russian Excel have them, and Canvas reads the commas as points.
    """
    book = (
        "\ufeffStudent;ID;SIS User ID;SIS Login ID;Section;MNIST (98765)\r\n    Points Possible;;;;;100,00\r\n"
        "Lee, Ann;1001;S1;alee;Sec 1;\r\nSmith, Bob;1002;S2;bob;Sec 1;12,00\r\n"
    )
    code, filled, _ = fill(book, ANN)
    assert code == 0
    assert filled == book.replace("alee;Sec 1;", "alee;Sec 1;87,5")
    done = canvas_import(filled.encode(), STUDENTS, LOGINS)
    assert done.grades["98765"] == {"1001": "87.5", "1002": "12.00"}


def test_points_are_scaled_to_those_of_the_assignment(fill: Fill) -> None:
    """Points are scaled to those of the assignment. A message says so."""
    _, filled, said = fill(BOOK.replace("10,100", "10,20"), ANN, BOB, options=MNIST)
    assert canvas_import(filled.encode(), STUDENTS, LOGINS).grades["98765"] == {"1001": "17.5", "1002": "20"}
    assert "points are scaled from 100 to the 20 of book.csv" in said


def test_what_has_no_grade_is_left_as_it_was() -> None:
    """A cell without a grade stays as it was.

    A grader fault and a trial have no grade; an excuse is written as Canvas has it.
    """
    excused = replace(ANN, adjustments=(Adjustment(excused=True),))
    trial = replace(MASHA, categories=("dropout",))
    options = options_of(CanvasExporter(), BOOK, "--column", "98765")
    files = CanvasExporter().export(
        [excused, faulty("smithbob_1002", BOB.identity.student, BOB.identity.entry), trial], options
    )
    assert files["book.csv"].decode() == BOOK.replace('morning",7.50,,50.0', 'morning",7.50,EX,50.0')
    assert isinstance(files, Files)
    assert not files.is_whole
    assert files.notes[:2] == (
        "smithbob_1002: there is no grade, as the grader failed on it; left as it was",
        "ивановамария_1003: a trial is no grade; --trials writes it all the same; left as it was",
    )
    assert canvas_import(files["book.csv"], STUDENTS, LOGINS).grades["98765"] == {"1001": "EX", "1002": "12.00"}


def test_trials_are_written_where_it_is_wanted(fill: Fill) -> None:
    """A trial is written only where that is asked for."""
    trial = replace(ANN, categories=("accuracy",))
    code, filled, _ = fill(BOOK, trial, options=MNIST)
    assert (code, filled) == (1, BOOK)
    code, filled, _ = fill(BOOK, trial, options=(*MNIST, "--trials"))
    assert (code, ",87.5," in filled) == (0, True)


def test_missing_fills_empty_cells_alone(fill: Fill) -> None:
    """`--missing` fills only empty cells. A grade given by hand stays, and the test student gets none."""
    code, filled, said = fill(BOOK, ANN, options=(*MNIST, "--missing", "0"))
    assert code == 0
    assert canvas_import(filled.encode(), STUDENTS, LOGINS).grades["98765"] == {
        "1001": "87.5",
        "1002": "12.00",
        "1003": "0",
        "1004": "0",
    }
    assert "without a submission: 2, who get 0 each" in said


def test_nobody_gets_a_0_while_a_submission_is_nobody_s(fill: Fill) -> None:
    """Nobody gets 0 while a submission matches nobody. It may be theirs."""
    code, filled, said = fill(BOOK, graded("stranger", 50), options=(*MNIST, "--missing", "0"))
    assert (code, filled) == (1, BOOK)
    assert said[0].startswith("stranger: nobody in book.csv fits; a --roster")
    assert "--missing: no cell is filled, as some submissions match no student" in said


@pytest.mark.parametrize(
    ("student", "name", "entry", "found"),
    [
        ({"id": "S1"}, "x", "submission_1", "1001"),
        ({"id": "s2", "name": "Somebody Else"}, "x", "", "1002"),
        ({"email": "Alee@example.org"}, "x", "", "1001"),
        ({}, "bob", "bob.zip", "1002"),
        ({}, "zoe_quill", "", "1004"),
        ({"name": "Мария Иванова"}, "x", "", "1003"),
        ({"name": "Иванова Мария"}, "x", "", "1003"),
        ({"id": "1003"}, "x", "submission_1", "1003"),
        ({"id": "1003", "name": "Zoe Quill"}, "x", "submission_1", "1004"),  # an id of another system
        ({"id": "1003", "name": "Who Else"}, "x", "submission_1", None),
        (
            {"id": "1003", "name": "Who Else"},
            "x",
            "hw_2025_1105_who.zip",
            None,
        ),  # looks like an upload's name in Canvas
        ({"name": "Ann"}, "x", "", None),
        ({"id": "zoe", "name": "zoe"}, "mnist-zoe", "mnist-zoe", "1004"),
    ],
)
def test_whose_line_it_is(fill: Fill, student: dict[str, str], name: str, entry: str, found: str | None) -> None:
    """A person is found by number, account, address or name. The whole name must fit, never half of it."""
    code, filled, _ = fill(BOOK, graded(name, 50, student, entry), options=MNIST)
    grades = canvas_import(filled.encode(), STUDENTS, LOGINS | {"S4": "1004"}).grades["98765"]
    assert [user for user, grade in grades.items() if grade == "50"] == ([found] if found else [])
    assert code == (0 if found else 1)


def test_a_roster_says_who_is_who(fill: Fill, tmp_path: Path) -> None:
    """A roster says who is who. GitHub accounts are in no grade book, but the roster has a name or an id that is."""
    roster = tmp_path / "roster.csv"
    roster.write_text(
        '"identifier","github_username","github_id","name"\n"S1","ann-gh","1",""\n"","bobby","2","Bob Smith"\n'
    )
    results = [graded(f"mnist-{user}", 50, {"id": user, "name": user}) for user in ("ann-gh", "bobby")]
    assert fill(BOOK, *results, options=MNIST)[0] == 1
    code, filled, _ = fill(BOOK, *results, options=(*MNIST, "--roster", str(roster)))
    assert code == 0
    assert canvas_import(filled.encode(), STUDENTS, LOGINS).grades["98765"] == {"1001": "50", "1002": "50"}


def test_a_group_s_grade_is_everybody_s(fill: Fill, tmp_path: Path) -> None:
    """A group's grade goes to all its members. They are named as Gradescope does, or by a roster."""
    group = graded("submission_7", 60, {"id": "S1; S2", "name": "Ann Lee; Bob Smith"})
    team = graded("team blue", 70)
    roster = tmp_path / "roster.csv"
    roster.write_text("submission,login\nteam blue,masha\nteam blue,zoe\n")
    code, filled, _ = fill(BOOK, group, team, options=(*MNIST, "--roster", str(roster)))
    assert code == 0
    assert canvas_import(filled.encode(), STUDENTS, LOGINS).grades["98765"] == {
        "1001": "60",
        "1002": "60",
        "1003": "70",
        "1004": "70",
    }


def test_two_lines_or_two_submissions_are_not_guessed_between(fill: Fill) -> None:
    """An ambiguous match is reported and changes no cell.

    Two students may fit one submission, or two submissions one student.
    """
    twins = BOOK + '"Quill, Zoe",1005,S5,zoe2,Sec 2,,,,\n'
    results = [graded("x", 50, {"name": "Zoe Quill"}), graded("one", 10, {"id": "S1"}), graded("two", 20, {"id": "S1"})]
    code, filled, said = fill(twins, *results, options=MNIST)
    assert (code, filled) == (1, twins)
    assert said[:2] == [
        "x: matches several students in book.csv (Quill, Zoe, Quill, Zoe), so nobody gets it",
        "one, two: all fit Lee, Ann, who gets none of them",
    ]


def test_many_that_fit_nobody_are_counted(fill: Fill) -> None:
    """Of many that match nobody, ten are named. The others are counted."""
    _, _, said = fill(BOOK, *(graded(f"stranger-{number}", 1) for number in range(25)), options=MNIST)
    assert sum("nobody in book.csv fits" in line for line in said) == 10
    assert "… and 15 more" in said


@pytest.mark.parametrize(
    ("book", "options", "said"),
    [
        (
            BOOK,
            (),
            "book.csv has 2 columns for grades: choose one with --column (Quiz (555); MNIST perceptron (98765))",
        ),
        (BOOK, ("--column", "mist"), "--column mist: no column of book.csv has this name; there are Quiz (555); MNIST"),
        (BOOK, ("--column", "Final Score"), "--column Final Score: no column"),
        (HEADINGS.replace("(555)", "").replace("(98765)", ""), (), "has no column that grades could be filled into"),
        ("name,email\nAnn,a@b\n", (), "book.csv is not a Canvas grade book"),
        ("", (), "book.csv is not a Canvas grade book"),
        (b"PK\x03\x04", (), "book.csv is no text: save it as CSV"),
        (BOOK, ("--missing", "-1"), "`-1` is not a number of points"),
        (BOOK, ("--missing", "many"), "`many` is not a number of points"),
        (BOOK, ("--roster", "nowhere.csv"), "cannot read nowhere.csv: No such file or directory"),
    ],
)
def test_wrong_usage_is_one_line(fill: Fill, book: str | bytes, options: tuple[str, ...], said: str) -> None:
    """Wrong usage is told in one line, and nothing is written. The line names what there is to choose from."""
    code, filled, lines = fill(book, ANN, options=options)
    assert (code, filled) == (2, "")
    (line,) = lines
    assert said in line


@pytest.mark.parametrize("wanted", ["98765", "mnist perceptron", "MNIST perceptron (98765)"])
def test_a_column_may_be_called_in_several_ways(fill: Fill, wanted: str) -> None:
    """A column is chosen by id, title or whole heading."""
    code, filled, _ = fill(BOOK, ANN, options=("--column", wanted))
    assert (code, "7.50,87.5," in filled) == (0, True)


def test_last_and_first_names_apart_and_a_line_of_manual_posting(fill: Fill) -> None:
    """Canvas's other headings are understood, too. Its notes column is no assignment."""
    book = (
        "LastName,FirstName,ID,SIS User ID,SIS Login ID,Section,Notes,MNIST (98765)\n,,,,,,,Manual Posting\n"
        "    Points Possible,,,,,,,100\nLee,Ann,1001,S1,alee,Sec 1,good,\n"
    )
    code, filled, _ = fill(book, graded("x", 50, {"name": "Ann Lee"}))
    assert (code, filled) == (0, book.replace("good,", "good,50"))


def test_nothing_that_a_stranger_is_called_reaches_the_file_or_the_terminal(fill: Fill) -> None:
    """A stranger's name reaches neither the file nor the terminal. Messages have it without control characters."""
    code, filled, said = fill(BOOK, graded("=1+1\x1b[2J", 1), options=MNIST)
    assert (code, filled) == (1, BOOK)
    assert all(line.isprintable() for line in said)


def test_a_column_that_canvas_would_not_read_is_none(fill: Fill) -> None:
    """A column that Canvas would not read is never chosen.

    Only its line of points possible says that it is read-only.
    """
    book = BOOK.replace("10,100,", "(read only),100,")
    code, filled, _ = fill(book, ANN)
    assert (code, "7.50,87.5," in filled) == (0, True)
    code, filled, said = fill(book, ANN, options=("--column", "555"))
    assert (code, said[0].split(": ")[1]) == (
        2,
        "no column of book.csv has this name; there are MNIST perceptron (98765)",
    )
