"""Tables show every submission, whatever it is called.

They are that on the terminal, `grades.csv` and `overview.md`.
"""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
from rich.cells import cell_len

from grader.categories import CATEGORIES
from grader.i18n import translator
from grader.model import Adjustment, Identity, Result
from grader.report.csv import COLUMNS, grades_csv
from grader.report.escape import Translate
from grader.report.markdown import feedback
from grader.report.overview import overview
from grader.report.pages.class_spread import score_spread
from grader.report.points import total
from grader.report.table import render_table
from grader.report.words import points_in_words, title
from tests.testing.results import HOSTILE, PROVENANCE, echo, make_hostile, outline, scored

ENGLISH = translator("en")
FORMULAS = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "\ufeff=1",
    "\x1b[0m=1",
    "＝1",
    "\N{FULLWIDTH HYPHEN-MINUS}1",
    "x;=1+1",
    '=cmd|"/C"!A0',
)


def rows_of(content: bytes, encoding: str = "utf-8-sig") -> list[dict[str, str]]:
    """Read `grades.csv` as a script does."""
    return list(csv.DictReader(io.StringIO(content.decode(encoding), newline="")))


def test_one_submission_shows_each_test(failed: Result, translate: Translate) -> None:
    """One submission shows each test with points and title.

    Below a failed one stands what to do; the total comes last.
    """
    text = render_table([failed], translate)
    lines = [line for line in text.splitlines() if line.strip()]
    for test in failed.tests:
        (found,) = (line for line in lines if line.endswith(f"  {title(test.verdict.test, translate)}"))
        assert f"{points_in_words(total([test]), translate)}  " in found
    half = next(i for i, line in enumerate(lines) if points_in_words(total([failed.tests[1]]), translate) in line)
    assert lines[half + 1].strip() == "structure/half got=half"
    assert translate("report/status-partly", {}) in lines[half]
    assert f"bob: {points_in_words(total(failed.tests), translate)}" in text


def test_a_batch_shows_each_submission(passed: Result, failed: Result, broken: Result) -> None:
    """A batch has a row for each submission.

    It shows score, points by category, accuracy, seconds and what to repair first; counts follow.
    """
    text = render_table([passed, failed, broken], ENGLISH)
    lines = {line.split()[0]: line.split() for line in text.splitlines() if line.strip()}
    assert lines["alice"] == ["alice", "100", "20", "80", "99.13", "61"]
    assert lines["bob"] == ["bob", "22.5", "22.5", "0", "0", "61", *title("structure/builds", ENGLISH).split()]
    assert lines["carol"] == ["carol", "—", "61", "grader", "error"]
    assert "everything passed: 1, something to repair: 1, grader error: 1" in text
    assert "The grader failed on carol: disk full" in text


def test_nobody_is_called_failed_for_a_point_or_two(passed: Result, failed: Result, translate: Translate) -> None:
    """Beside 97 of 100 points stands the failed test. The submission is not called failed."""
    tests = (*passed.tests[:1], scored("accuracy/target", "failed", (77.0, 80.0), data={"accuracy": 98.7}))
    almost = replace(failed, score=97.0, tests=tests)
    for results in ([almost, passed], [almost]):
        text = render_table(results, translate)
        assert "97" in text
        assert title("accuracy/target", translate) in text
        assert translate("report/status-failed", {}) not in text.replace(translate("report/result-failed", {}), "")
        assert translate("report/result-grader_error", {}) not in text
    assert translate("report/status-failed", {}) not in feedback(almost, translate)


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_words_stay_whole(passed: Result, failed: Result, broken: Result, translate: Translate, width: int) -> None:
    """Lines break between words at any width. Only a name that is too long is folded."""
    flagged = replace(failed, flags=("integrity/untrained", "integrity/own-labels"))
    for results in ([passed, flagged, broken], [failed]):
        whole = {word.strip("─") for word in render_table(results, translate).split()}
        shown = strip_colours(render_table(results, translate, width=width))
        assert {word.strip("─") for word in shown.split()} <= whole


def test_a_long_name_is_folded_in_few_lines(failed: Result, passed: Result) -> None:
    """A long name is folded in few lines. It has at least twenty columns, and its row stays readable."""
    long = replace(failed, identity=Identity("n" * 40))
    text = strip_colours(render_table([long, passed], ENGLISH, width=60))
    assert sum("nnnnn" in line for line in text.splitlines()) == 2
    assert title("structure/builds", ENGLISH) in " ".join(text.split())


def test_flags_are_shown(failed: Result, passed: Result) -> None:
    """Flags for a person to look at are shown. They stand in the row, or below the table of a single submission."""
    flagged = replace(failed, flags=("integrity/untrained",))
    for results in ([flagged, passed], [flagged]):
        text = render_table(results, ENGLISH)
        assert "To be looked at by a person: An untrained network knows nothing yet" in text


def test_without_a_terminal_the_text_is_plain(passed: Result, failed: Result) -> None:
    """Without a terminal the text is plain and uncut. It has no colours and no spaces at the ends of lines."""
    long = replace(failed, identity=Identity("long-" * 7))
    for results in ([long], [passed, long]):
        text = render_table(results, ENGLISH)
        assert "\x1b" not in text
        assert long.submission in text
        assert all(line == line.rstrip() for line in text.splitlines())


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_terminal_gets_colours_and_no_line_too_long(
    passed: Result, failed: Result, broken: Result, width: int
) -> None:
    """A terminal gets colours, and lines within its width. Letters of double width count as two columns."""
    wide = replace(failed, identity=Identity("漢字" * 20), flags=("integrity/untrained", "integrity/own-labels"))
    text = render_table([passed, wide, broken], ENGLISH, width=width)
    assert "\x1b[32m" in text
    table = text.split("\n\n", 1)[0]
    for line in table.splitlines():
        assert cell_len(strip_colours(line)) <= width


def strip_colours(text: str) -> str:
    """Remove the colours that the table itself sets."""
    for code in ("0", "1", "2", "31", "32", "33", "35"):
        text = text.replace(f"\x1b[{code}m", "")
    return text


@pytest.mark.parametrize("text", HOSTILE)
def test_a_row_is_a_row_whatever_a_submission_is_called(passed: Result, text: str) -> None:
    """No name adds a line to the table. Markup is shown as it stands, control sequences not at all."""
    hostile = make_hostile(text, replace(passed, status="failed"))
    for results in ([hostile], [hostile, passed]):
        plain = render_table(results, echo)
        assert plain.count("\n") == render_table([make_hostile("x", results[0]), *results[1:]], echo).count("\n")
        assert all(line.isprintable() for line in plain.splitlines())
        assert "\x1b" not in strip_colours(render_table(results, echo, width=80))
    if text.startswith("[red]"):
        assert "[red]markup[/red]" in render_table([hostile, passed], echo)


def test_a_trial_run_says_so_everywhere(passed: Result, failed: Result, translate: Translate) -> None:
    """A trial on the embedded digits says so everywhere.

    The table, the overview and each row of the grades name the data set.
    """
    trial = [
        replace(each, provenance=replace(PROVENANCE, dataset="digits", threshold=0.97)) for each in (passed, failed)
    ]
    for results in (trial, trial[:1]):
        assert "`digits`" in render_table(results, translate)
        assert "97 %" in render_table(results, translate)
    assert overview(trial, translate).count("`digits`") == 1
    assert {row["dataset"] for row in rows_of(grades_csv(trial))} == {"digits"}
    assert "digits`" not in overview([passed, failed], translate) + render_table([passed, failed], translate)


def test_trials_among_grades_are_named(passed: Result, failed: Result) -> None:
    """The note on a trial run holds for all of it; where one is a grade, the table names those that are none."""
    trial = replace(failed, provenance=replace(PROVENANCE, dataset="digits", threshold=0.97))
    mixed = render_table([passed, trial], ENGLISH)
    assert mixed.splitlines()[-1] == "Trials, which are no grades: bob"
    assert "digits" not in mixed
    assert "no grades" not in render_table([trial, trial], ENGLISH) + render_table([passed, failed], ENGLISH)


def test_grades_hold_a_row_per_submission(passed: Result, failed: Result, broken: Result) -> None:
    """`grades.csv` has a row for each submission. Unknown values are empty, and a fault of the grader has no score."""
    first, second, third = rows_of(grades_csv([passed, failed, broken]))
    assert (first["submission"], first["status"], first["score"], first["accuracy"]) == (
        "alice",
        "passed",
        "100",
        "0.9913",
    )
    assert (first["structure_points"], first["accuracy_points"], first["dropout_points"]) == ("20", "80", "")
    assert (second["student_id"], second["student_name"], second["score"]) == ("007", "Боб Петров", "22.5")
    assert (second["accuracy"], second["first_mistake"]) == ("", "structure/half")
    assert (third["status"], third["score"], third["fault"]) == ("grader_error", "", "disk full")
    assert all(third[f"{category}_points"] == "" for category in CATEGORIES)


def test_columns_have_names_of_their_own(passed: Result) -> None:
    """Every column has its own heading, and every row all columns."""
    lines = list(csv.reader(io.StringIO(grades_csv([passed]).decode("utf-8-sig"), newline="")))
    assert len(set(COLUMNS)) == len(COLUMNS)
    assert lines[0] == list(COLUMNS)
    assert {len(line) for line in lines} == {len(COLUMNS)}


def test_excel_and_careless_readers_find_their_way(failed: Result) -> None:
    """`grades.csv` begins with the mark that Excel needs. A reader that ignores it still finds `submission`."""
    content = grades_csv([failed])
    assert content.startswith(b"\xef\xbb\xbf")
    assert rows_of(content, "utf-8")[0]["submission"] == "bob"


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_is_a_formula(passed: Result, text: str) -> None:
    """No cell is a formula. An apostrophe stands before it, and no semicolon begins a new cell."""
    (row,) = rows_of(grades_csv([make_hostile(text, passed)]))
    for column in ("submission", "entry", "student_id", "student_name", "flags", "fault"):
        assert not row[column].lstrip().startswith(("=", "+", "-", "@", "＝", "\N{FULLWIDTH HYPHEN-MINUS}")), column
        assert ";" not in row[column]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_name_breaks_a_row(passed: Result, text: str) -> None:
    """No name breaks a row of `grades.csv`. Two submissions are two lines of printable text."""
    content = grades_csv([make_hostile(text, passed), passed])
    assert len(rows_of(content)) == 2
    lines = content.decode("utf-8-sig").split("\r\n")
    assert len(lines) == 4
    assert all(line.isprintable() for line in lines)


def test_an_overview_counts_and_averages(passed: Result, failed: Result, broken: Result) -> None:
    """The overview counts submissions, and gives mean and median.

    Only those with a score count there; each has its bin.
    """
    text = overview([passed, failed, broken], ENGLISH)
    assert "3 submissions (everything passed: 1, something to repair: 1, grader error: 1)" in text
    assert "Mean 61.3 %, median 61.3 %" in text
    bins = [line.split() for line in text.splitlines() if " %  " in line]
    assert [int(line[3] if line[1] != "%" else line[2]) for line in bins] == [0, 0, 1, 0, 0, 0, 0, 0, 0, 1]


def test_an_overview_averages_what_stands_in_the_grade_book(passed: Result, failed: Result) -> None:
    """As the class page does: with what people have given, and without who is excused."""
    given = replace(failed, adjustments=(Adjustment(points=80.0),))
    excused = replace(failed, adjustments=(Adjustment(excused=True),))
    text = overview([passed, given, excused], ENGLISH)
    spread = score_spread([passed, given, excused])
    assert spread is not None
    assert f"Mean {spread.mean} %, median {spread.median} %" in text
    assert spread.mean == "90.0"


def test_an_overview_ranks_first_mistakes(failed: Result, passed: Result) -> None:
    """The overview ranks what has to be repaired first. The most frequent comes first."""
    other = replace(failed, identity=Identity("dave"), tests=(scored("objective/falls", "failed", (0.0, 1.0)),))
    many = [other, failed, replace(failed, identity=Identity("erin")), passed]
    text = overview(many, ENGLISH)
    assert "- **2** Net() builds a model, `structure/half` (`bob`, `erin`): structure/half got=`half`" in text
    assert "- **1** Better scores have a smaller loss, `objective/falls` (`dave`)" in text
    assert text.index("**2**") < text.index("**1**")


def test_an_overview_lists_what_a_person_has_to_see(failed: Result, broken: Result, passed: Result) -> None:
    """The overview lists flags, staff notes and grader's faults. Others are not listed."""
    noted = scored("integrity/untrained", "failed", (0.0, 0.0), hint="x", staff_note="trained before")
    text = overview([replace(failed, tests=(noted,), flags=("integrity/untrained",)), broken, passed], ENGLISH)
    last = text.split("## To be looked at by a person\n", 1)[1]
    assert "- `bob`: An untrained network knows nothing yet\n  - `trained before`\n- The grader failed on" in last
    assert "The grader failed on `carol`: `disk full`" in last
    assert "alice" not in last


def test_an_overview_shows_a_note_on_what_passed(passed: Result) -> None:
    """The overview shows a staff note on a passed test. Nothing is flagged, and only notes on integrity are shown."""
    noted = [
        scored(test, "passed", (0.0, 0.0), staff_note=f"of {test}")
        for test in ("integrity/carries-no-data", "training/epochs")
    ]
    text = overview([replace(passed, tests=tuple(noted))], ENGLISH)
    last = text.split("## To be looked at by a person\n", 1)[1]
    assert last.strip() == "- `alice`: No stored weights or answers in the files\n  - `of integrity/carries-no-data`"


def test_an_overview_lists_earlier_attempts(passed: Result, failed: Result) -> None:
    """The overview lists earlier attempts of those who have some."""
    again = replace(passed, identity=Identity("alice", earlier_attempts=("old.zip", "older.zip")))
    text = overview([again, failed], ENGLISH)
    assert text.endswith("## Attempts that do not count\n\n- `alice`: `old.zip`, `older.zip`\n")
    assert "that do not count" not in overview([passed, failed], ENGLISH)


def test_the_way_back_from_a_row_to_what_was_handed_in(passed: Result) -> None:
    """A column names the file that was handed in. It holds no formula either."""
    (row,) = rows_of(grades_csv([replace(passed, identity=Identity("alice", entry="=leeann;12.zip"))]))
    assert row["entry"] == "'=leeann,12.zip"


def test_an_overview_of_faults_alone_is_still_one(broken: Result, translate: Translate) -> None:
    """An overview of faults alone has no average."""
    assert "carol" in overview([broken], translate)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_submission_cannot_write_into_the_overview(passed: Result, text: str) -> None:
    """A submission cannot write into the overview."""
    result = replace(passed, status="failed")
    hostile, harmless = (overview([make_hostile(each, result), passed], echo) for each in (text, "x"))
    assert outline(hostile) == outline(harmless)
