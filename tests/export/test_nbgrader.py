"""Tests of `grader export nbgrader`. They look at the grade book and the notebooks of a course."""

from __future__ import annotations

import csv
import json
import re
import shutil
import sqlite3
import sys
from argparse import Namespace
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grader.assignment import load_assignment
from grader.autograde import ADJUSTMENT_CELL, PLACEHOLDER
from grader.errors import UsageError
from grader.export import nbgrader_book
from grader.export.base import Pushed
from grader.export.nbgrader import NbgraderPusher
from grader.intake import discover
from grader.model import Adjustment, Identity, Lateness, Metrics, Result
from grader.release.stated import category_points
from tests.testing.nbgrader_course import Course
from tests.testing.results import HOSTILE, PROVENANCE, scored

CELLS = tuple(f"points-{category}" for category in category_points(load_assignment()))


def result(name: str, dropout: float = 15.0, *, student: dict[str, str] | None = None, **changed: Any) -> Result:
    """A result with all points, except those of dropout."""
    tests = tuple(
        scored(f"{category}/all", points=(worth, worth))
        if category != "dropout"
        else scored("dropout/all", "passed" if dropout == worth else "failed", (dropout, worth), hint="outcome/died")
        for category, worth in category_points(load_assignment()).items()
    )
    total = sum(test.score for test in tests)
    whole = Result(Identity(name, student or {}), "failed", total, 100.0, tests, Metrics(), PROVENANCE)
    return replace(whole, **changed)


NO_GRADE = {"status": "grader_error", "score": None, "tests": (), "max_score": 0.0, "fault": "the disk is full"}


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course with the homework in both languages."""
    course = Course(tmp_path_factory.mktemp("nbgrader") / "course")
    for language in ("en", "ru"):
        course.generate(f"homework_{language}")
    return course


@pytest.fixture
def course(generated: Course, tmp_path: Path) -> Course:
    """A copy of the generated course for one test."""
    shutil.copytree(generated.folder, tmp_path / "course")
    return Course.opened(tmp_path / "course")


def push(course: Course, *results: Result, **options: Any) -> Pushed:
    """Write results into the course; return the messages."""
    usual = {"course": course.folder, "assignment": None, "notebook": None, "student_id": "id", "lang": "en"}
    return NbgraderPusher().push(results, Namespace(**{"trials": False, **usual, **options}), iter)


def grades(course: Course, student: str, assignment: str = "homework_en") -> dict[str, Any]:
    """Automatic points of a student, by cell."""
    return {name: grade["auto_score"] for name, grade in rows(course, student, assignment).items()}


def rows(course: Course, student: str, assignment: str = "homework_en") -> dict[str, Any]:
    """All that the grade book has on a student's cells."""
    with course.book as book:
        submission = book.find_submission(assignment, student)
        return {grade.name: grade.to_dict() for grade in submission.notebooks[0].grades}


def exported(course: Course) -> dict[str, dict[str, str]]:
    """Rows of `nbgrader export` for the English homework, by student."""
    from nbgrader.plugins import CsvExportPlugin

    plugin = CsvExportPlugin(to=str(course.folder / "grades.csv"), assignment=["homework_en"])
    with course.book as book:
        plugin.export(book)
    with (course.folder / "grades.csv").open(newline="") as file:
        return {row["student_id"]: row for row in csv.DictReader(file)}


def everything(course: Course) -> dict[str, Any]:
    """All rows of the grade book and all notebooks. Two of these show whether anything has changed."""
    with sqlite3.connect(course.folder / "gradebook.db") as database:
        tables = ("student", "submitted_assignment", "submitted_notebook", "grade", "comment")
        found: dict[str, Any] = {name: sorted(map(repr, database.execute(f"SELECT * FROM {name}"))) for name in tables}
    for path in sorted(course.folder.glob("*ed/*/*/*")):
        found[str(path)] = path.read_bytes()
    return found


def test_each_category_has_its_points_and_the_report_is_the_comment(course: Course) -> None:
    """Each category has its points, and the report is a comment.

    Name, address and time stand where nbgrader shows and exports them.
    """
    student = {"id": "s1", "name": "Ada Lovelace", "email": "ada@example.org"}
    ada = result("ada", 4.0, student=student)
    ada = replace(ada, identity=replace(ada.identity, submitted="2026-11-20T12:00:00Z"))
    assert push(course, ada, result("bob")) == [f"submissions written to homework_en of {course.folder}: 2"]
    assert grades(course, "s1") == dict(zip(CELLS, (20, 4, 15, 20, 30), strict=True)) | {ADJUSTMENT_CELL: 0}
    assert not any(grade["needs_manual_grade"] for grade in rows(course, "s1").values())
    row = exported(course)["s1"]
    assert (row["first_name"], row["last_name"], row["email"]) == ("Ada", "Lovelace", "ada@example.org")
    assert (row["score"], row["max_score"], row["timestamp"]) == ("89.0", "100.0", "2026-11-20 12:00:00")
    assert exported(course)["bob"]["score"] == "100.0"
    with course.book as book:
        comment = book.find_comment("training", "homework_en", "homework_en", "s1").comment
    assert comment.startswith("# Feedback for `ada`\n\n**89 of 100 points**")


def test_the_same_results_again_change_nothing(course: Course) -> None:
    """Writing the same results again changes nothing."""
    results = (result("ada", 4.0), result("bob", **NO_GRADE))
    push(course, *results)
    before = everything(course)
    push(course, *results)
    assert everything(course) == before


def test_what_a_person_has_entered_stays(course: Course) -> None:
    """What a person has entered stays.

    That is manual scores, extra credit, comments and names; where our points changed, a person is asked to look again.
    """
    push(course, result("ada", 4.0), result("bob", 4.0))
    with course.book as book:
        for student in ("ada", "bob"):
            grade = book.find_grade("points-dropout", "homework_en", "homework_en", student)
            grade.manual_score, grade.extra_credit = 9.0, 1.5
            book.find_comment("training", "homework_en", "homework_en", student).manual_comment = "Well done"
        book.find_student("ada").first_name = "Augusta"
        book.db.commit()
    push(course, result("ada", 15.0, student={"id": "ada", "name": "Ada Lovelace"}), result("bob", 4.0))
    for student, automatic, again in (("ada", 15, True), ("bob", 4, False)):
        grade = rows(course, student)["points-dropout"]
        assert (grade["auto_score"], grade["manual_score"], grade["extra_credit"]) == (automatic, 9, 1.5)
        assert grade["needs_manual_grade"] is again
    row = exported(course)["ada"]
    assert (row["first_name"], row["last_name"], row["score"]) == ("Augusta", "Lovelace", "95.5")
    with course.book as book:
        assert book.find_comment("training", "homework_en", "homework_en", "ada").comment == "Well done"


def test_who_has_no_grade_is_marked_and_named(course: Course) -> None:
    """A student without a grade is marked and named.

    Neither a grader fault nor an excuse becomes a silent 0, even after earlier points.
    """
    excused = (Adjustment(excused=True, comment="ill"),)
    push(course, result("ada"))
    said = push(course, result("ada", **NO_GRADE), result("bob", adjustments=excused), result("eve"))
    assert said[1].startswith("no grade, marked for a person")
    assert said[1].endswith(": ada, bob")
    assert not said.is_whole
    assert push(course, result("bob", adjustments=excused)).is_whole
    for student in ("ada", "bob"):
        assert {(grade["auto_score"], grade["needs_manual_grade"]) for grade in rows(course, student).values()} == {
            (None, True)
        }
    assert None not in grades(course, "eve").values()


def test_adjustments_and_lateness_add_up_to_the_final_grade(course: Course) -> None:
    """Adjustments and lateness add up to the final grade.

    A test's stand in its category, the total's in a cell of their own, lateness as nbgrader's penalty.
    """
    adjustments = (
        Adjustment(test="dropout/all", points=10.0),
        Adjustment(points=-7.5, relative=True, comment="=2+2 <b>talked</b>"),
    )
    push(course, result("ada", 4.0, adjustments=adjustments, lateness=Lateness(1, 10.0)))
    found = grades(course, "ada")
    assert (found["points-dropout"], found[ADJUSTMENT_CELL]) == (10, -7.5)
    row = exported(course)["ada"]
    assert (row["raw_score"], row["late_submission_penalty"], row["score"]) == ("87.5", "8.75", "78.75")
    page = json.loads((course.folder / "autograded" / "ada" / "homework_en" / "homework_en.ipynb").read_bytes())
    (cell,) = (c for c in page["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == ADJUSTMENT_CELL)
    assert cell["outputs"][0]["text"] == (
        "dropout/all: a person has given 10 points.\n"
        "Total: −7.5 points, by a person. Comment: =2+2 <b>talked</b>\n"
        "Handed in 1 day late: 10 % off, 8.75 points.\n"
    )


def test_a_person_looks_at_what_is_flagged_once(course: Course) -> None:
    """A flagged result is marked for a person only once.

    Its points stay, and a mark that was removed does not come back.
    """
    flagged = result("ada", flags=("integrity/few-shot",))
    push(course, flagged)
    assert rows(course, "ada")["points-accuracy"]["needs_manual_grade"]
    with course.book as book:
        book.find_grade("points-accuracy", "homework_en", "homework_en", "ada").needs_manual_grade = False
        book.db.commit()
    push(course, flagged)
    assert not rows(course, "ada")["points-accuracy"]["needs_manual_grade"]


def trial_of(category: str, name: str) -> Result:
    """A result on one category alone, with 4 points of dropout."""
    whole = result(name, 4.0)
    only = tuple(test for test in whole.tests if test.verdict.category == category)
    score, most = sum(test.score for test in only), sum(test.max_score for test in only)
    return replace(whole, tests=only, categories=(category,), score=score, max_score=most)


def test_a_trial_is_no_grade(course: Course) -> None:
    """A trial changes nobody's points, and its people are named."""
    push(course, result("ada", 7.0))
    before = everything(course)
    on_digits = result("ada", 4.0, provenance=replace(PROVENANCE, dataset="digits"))
    said = push(course, on_digits, trial_of("dropout", "bob"))
    assert everything(course) == before
    assert said == [
        f"submissions written to homework_en of {course.folder}: 0",
        "left as they were, as a trial is no grade (--trials writes it all the same): ada, bob",
    ]
    assert not said.is_whole


def test_some_categories_leave_the_others_alone(course: Course) -> None:
    """A trial of one category leaves the others alone, and is called a trial."""
    push(course, result("ada"))
    said = push(course, trial_of("dropout", "ada"), trials=True)
    assert "1 of them are trials" in said[-1]
    assert grades(course, "ada") == dict(zip(CELLS, (20, 4, 15, 20, 30), strict=True)) | {ADJUSTMENT_CELL: 0}


def test_feedback_shows_points_and_report(course: Course) -> None:
    """nbgrader's feedback shows our points and report.

    The work was handed in elsewhere, and the language is the one asked for.
    """
    push(course, result("ada", 4.0), lang="ru")
    done = course.nbgrader().generate_feedback("homework_ru")
    assert done["success"], done
    page = (course.folder / "feedback" / "ada" / "homework_ru" / "homework_ru.html").read_text(encoding="utf-8")
    assert "(Score: 89.0 / 100.0)" in page
    assert "(Score: 4.0 / 15.0)" in page
    assert "89 из 100" in page
    assert "Сдано как ada, не через nbgrader." in page
    assert "HIDDEN" not in page


def test_formgrader_lists_them(course: Course) -> None:
    """Formgrader lists our results. The numbers for its pages are looked at."""
    push(course, result("ada", 4.0), result("bob", **NO_GRADE))
    api = course.nbgrader()
    assert api.get_assignment("homework_en")["num_submissions"] == 2
    listed = {one["student"]: one for one in api.get_submissions("homework_en")}
    assert (listed["ada"]["score"], listed["ada"]["autograded"], listed["ada"]["needs_manual_grade"]) == (
        89,
        True,
        False,
    )
    assert listed["bob"]["needs_manual_grade"]
    assert len(api.get_notebook_submissions("homework_en", "homework_en")) == 2


def test_what_was_handed_in_through_nbgrader_is_kept(course: Course) -> None:
    """A notebook handed in through nbgrader is kept. The graded one shows it, with our cells put back."""
    released = json.loads((course.folder / "release" / "homework_en" / "homework_en.ipynb").read_bytes())
    cells = [cell for cell in released["cells"] if "points" not in str(cell["metadata"])]
    cells[2]["source"] = "class Net: pass"
    place = course.folder / "submitted" / "ada" / "homework_en" / "homework_en.ipynb"
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps({**released, "cells": cells}), encoding="utf-8")
    before = place.read_bytes()
    push(course, result("ada"), result("bob"))
    assert place.read_bytes() == before
    pages = {
        name: json.loads((course.folder / "autograded" / name / "homework_en" / "homework_en.ipynb").read_bytes())
        for name in ("ada", "bob")
    }
    assert [cell["source"] for cell in pages["ada"]["cells"]].count("class Net: pass") == 1
    assert {name: PLACEHOLDER in page["metadata"] for name, page in pages.items()} == {"ada": False, "bob": True}
    assert len(pages["ada"]["cells"]) == len(cells) + len(CELLS) + 1
    assert [one.name for one in discover([course.folder / "submitted"])] == ["ada"], "bob's is nobody's work"


@pytest.mark.parametrize("text", HOSTILE)
def test_strangers_text_is_no_formula_and_breaks_no_table(text: str, course: Course) -> None:
    """Hostile text is no formula and breaks no table.

    nbgrader writes its table without quotes, and comments as Markdown with HTML in it.
    """
    push(course, result("ada", student={"id": "ada", "name": f"{text} {text}", "email": text}, printed=text))
    (row,) = exported(course).values()
    assert row["score"] == "100.0"
    assert None not in row
    assert not any(str(value).startswith(("=", "+", "-", "@")) for value in row.values())


REFUSED = {
    "../up": {"id": "../up"},
    "a star": {"id": "a*"},
    "a comma": {"id": "a,b"},
    "hidden": {"id": ".hidden"},
    "a formula": {"id": "=1+1"},
}


@pytest.mark.parametrize("student", REFUSED.values(), ids=REFUSED)
def test_an_id_that_is_no_folder_is_refused(student: dict[str, str], course: Course) -> None:
    """An id that is no folder name is refused. Nothing is written before that."""
    before = everything(course)
    with pytest.raises(UsageError, match="cannot be a student id in nbgrader"):
        push(course, result("bob"), result("ada", student=student))
    assert everything(course) == before


def test_two_of_one_id_are_refused(course: Course) -> None:
    """Two students with one id are refused. Both are named."""
    both = (result("ada", student={"id": "s1"}), result("bob", student={"id": "s1"}))
    with pytest.raises(UsageError, match="ada and bob would be the same student in nbgrader, 's1'"):
        push(course, *both)
    push(course, *both, student_id="submission")
    assert set(exported(course)) == {"ada", "bob"}


def test_a_field_that_is_not_known_is_named(course: Course) -> None:
    """An id field without a value is refused.

    The message names it; only the default falls back on the submission's name.
    """
    with pytest.raises(UsageError, match="no email is known of ada"):
        push(course, result("ada"), student_id="email")


def test_other_points_than_the_course_has_are_refused(course: Course) -> None:
    """Points other than the course's are refused.

    A changed rubric could otherwise become another share of the points.
    """
    changed = replace(result("ada"), tests=(scored("dropout/all", points=(10, 10)),))
    with pytest.raises(UsageError, match="dropout is worth 10 points for ada and 15 in this course"):
        push(course, changed)


def test_courses_that_cannot_take_points_are_named(course: Course, tmp_path: Path) -> None:
    """A course that cannot take points is refused with the reason.

    It lacks its configuration, grade book, assignment, notebook or cells.
    """
    with pytest.raises(UsageError, match=r"is no nbgrader course: it has no nbgrader_config\.py"):
        push(Course.opened(tmp_path))
    with pytest.raises(UsageError, match="no assignment `missing`"):
        push(course, assignment="missing")
    with pytest.raises(UsageError, match="has no notebook `missing`: it has homework_en"):
        push(course, notebook="missing")
    course.generate("perceptron_en")
    with pytest.raises(UsageError, match="`perceptron_en` has no cell points-adjustment"):
        push(course, assignment="perceptron_en")
    (course.folder / "gradebook.db").unlink()
    with pytest.raises(UsageError, match="has no grade book yet"):
        push(course)


def test_a_grade_book_in_use_is_named(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """A grade book in use is waited for. After a while the command gives up and names it."""
    monkeypatch.setattr(nbgrader_book, "LOCK_SECONDS", 0)
    other = sqlite3.connect(course.folder / "gradebook.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(UsageError, match=re.escape("cannot write to the grade book (database is locked)")):
        push(course, result("ada"))
    other.execute("ROLLBACK")
    other.close()
    push(course, result("ada"))
    assert None not in grades(course, "ada").values()


def test_without_nbgrader_one_line_says_what_to_install(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without nbgrader one line says what to install."""
    monkeypatch.setitem(sys.modules, "nbgrader.coursedir", None)
    with pytest.raises(UsageError, match=re.escape("pip install 'perceptron-grader[nbgrader]'")):
        push(course, result("ada"))


def test_a_configuration_that_cannot_be_run_is_named(course: Course) -> None:
    """A configuration that cannot run is named. It is the instructor's own program."""
    (course.folder / "nbgrader_config.py").write_text("c = get_confg()\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"nbgrader_config\.py cannot be run: NameError"):
        push(course, result("ada"))


def test_a_folder_that_cannot_be_written_is_named(course: Course) -> None:
    """A folder that cannot be written is named.

    The points are in the grade book by then, and a second run completes the rest.
    """
    place = course.folder / "autograded"
    place.write_bytes(b"")
    with pytest.raises(UsageError, match=r"the points are in the grade book, but .*autograded"):
        push(course, result("ada"))
    place.unlink()
    push(course, result("ada"))
    assert (place / "ada" / "homework_en" / "homework_en.ipynb").is_file()
