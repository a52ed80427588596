"""Tests of an output folder as a class. A later run takes nobody's row, and a trial nobody's grade."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from grader.categories import CATEGORIES, GRADED_DATASET
from grader.cli import run
from grader.gradebook import Terms, class_of
from grader.i18n import translator
from grader.model import Identity, Metrics, Result, Submission
from grader.report.overview import overview
from grader.setup import Setup
from grader.store import Store
from tests.testing.gradebook import NOBODY_S, handed_in, last_run, rows
from tests.testing.results import PROVENANCE
from tests.testing.runs import UNREADABLE, assignment, run_all, setup_of

ENGLISH = translator("en")


def test_a_run_over_one_leaves_the_others_in_the_grade_book(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Grading one person again keeps the others' rows.

    They are marked, stdout shows who was graded now, and exports agree with the file.
    """
    monkeypatch.chdir(tmp_path)
    submit = handed_in(tmp_path / "submit", "alice", "bob", "carol")
    assert run(["submit", *NOBODY_S]) == 1
    assert last_run(Path("grades")) == {"alice": "yes", "bob": "yes", "carol": "yes"}
    (submit / "carol.zip").unlink()
    (submit / "alice.zip").write_bytes(b"PK")
    capsys.readouterr()
    assert run(["submit/alice.zip", *NOBODY_S]) == 1
    assert "bob" not in capsys.readouterr().out
    assert last_run(Path("grades")) == {"alice": "yes", "bob": "no", "carol": "no"}
    assert all(row["graded"].endswith("Z") for row in rows(Path("grades")).values())
    text = Path("grades/overview.md").read_text(encoding="utf-8")
    before = text.split("## Graded by an earlier run, not by the last one\n", 1)[1]
    assert [name for name in ("alice", "bob", "carol") if f"- `{name}`: `" in before] == ["bob", "carol"]
    assert "3 submissions" in text
    content = Path("grades/grades.csv").read_bytes()
    assert run(["export", "csv", "grades", "-o", "exported.csv"]) == 0
    assert Path("exported.csv").read_bytes() == content
    assert run(["rejudge", "grades"]) == 0
    assert Path("grades/grades.csv").read_bytes() == content


def test_what_is_known_is_said_first_and_changes_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Known results are announced in one line, and no file changes. A file that was edited or deleted is made again."""
    monkeypatch.chdir(tmp_path)
    submit = handed_in(tmp_path / "submit", "alice", "bob")
    run(["submit", *NOBODY_S])
    assert "from before" not in capsys.readouterr().err
    files = [path for path in Path("grades").rglob("*") if path.is_file() and path.parent.name != ".grader"]
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in files}
    handed_in(submit, "dave")
    run(["submit", *NOBODY_S])
    assert "grader: 2 from before, 1 to grade; --fresh grades all again\n" in capsys.readouterr().err
    of_class = {path for path in files if path.parent == Path("grades")}
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in files if path not in of_class} == {
        path: content for path, content in before.items() if path not in of_class
    }
    result, feedback = Path("grades/alice/result.json"), Path("grades/bob/feedback.ru.md")
    result.write_text("{}")
    feedback.unlink()
    run(["submit", *NOBODY_S])
    assert (result.read_bytes(), feedback.read_bytes()) == (before[result][1], before[feedback][1])
    run(["submit/alice.zip", *NOBODY_S, "--lang", "ru"])
    assert (
        json.loads(result.read_bytes())["tests"][0]["message"] != json.loads(before[result][1])["tests"][0]["message"]
    )
    run(["submit", *NOBODY_S, "--fresh"])
    assert "from before" not in capsys.readouterr().err.rsplit("--fresh", 1)[-1]


def on_mnist(categories: tuple[str, ...] = CATEGORIES) -> Setup:
    """A setup that looks like a run that decides grades."""
    setup = setup_of(assignment(), categories=categories)
    return replace(setup, dataset=replace(setup.dataset, name=GRADED_DATASET))


def named(name: str) -> Submission:
    """A submission that is never executed."""
    return replace(UNREADABLE, identity=Identity(name))


TRIALS = [setup_of(assignment()), on_mnist(("structure",))]


@pytest.mark.parametrize("trial", TRIALS, ids=["digits", "a part"])
def test_a_trial_replaces_no_grade(trial: Setup, tmp_path: Path) -> None:
    """A trial replaces no grade.

    Its result is set aside; who has no grade yet is listed with the trial, marked as one.
    """
    aside: list[str] = []
    run_all(on_mnist(), named("alice"), store=Store.open(tmp_path))
    later = [named("alice"), named("bob")]
    run_all(trial, *later, set_aside=lambda result: aside.append(result.submission), store=Store.open(tmp_path))
    assert aside == ["alice"]
    with Store.open(tmp_path) as store:
        alice, bob = class_of(store, terms=Terms())
    assert (alice.is_grade, alice.in_last_run) == (True, False)
    assert (bob.is_grade, bob.in_last_run) == (False, True)
    text = overview([alice, bob], ENGLISH)
    assert "- `bob`: 0 / " in text.split("## Trials, not counted above\n", 1)[1]
    assert "alice" not in text.split("## Trials, not counted above\n", 1)[1]
    run_all(on_mnist(), *later, store=Store.open(tmp_path))
    with Store.open(tmp_path) as store:
        assert all(result.is_grade and result.in_last_run for result in class_of(store, terms=Terms()))


def test_a_trial_of_who_has_a_grade_has_files_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A trial of a graded person has its own folder. A message says where, and the grade's files stay as they are."""
    monkeypatch.chdir(tmp_path)
    handed_in(tmp_path, "alice")
    run_all(on_mnist(), named("alice"), store=Store.open(Path("grades")))
    assert run(["rejudge", "grades"]) == 0
    before = Path("grades/alice/result.json").read_bytes()
    capsys.readouterr()
    assert run(["alice.zip", *NOBODY_S]) == 1
    said = capsys.readouterr()
    assert "alice keeps the grade it has; what this trial has found is in the folder alice/trial" in said.err
    assert said.out.splitlines()[-1] == "grades/alice/trial/feedback.en.html"
    assert Path("grades/alice/result.json").read_bytes() == before
    assert json.loads(Path("grades/alice/trial/result.json").read_bytes())["provenance"]["dataset"] == "digits"
    row = rows(Path("grades"))["alice"]
    assert (row["dataset"], row["categories"], row["last_run"]) == ("mnist", "all", "no")


def test_a_row_says_what_it_is_of(tmp_path: Path) -> None:
    """A row names the data set and the categories."""
    run_all(setup_of(assignment(), categories=("structure", "dropout")), named("alice"), store=Store.open(tmp_path))
    assert run(["export", "csv", str(tmp_path), "-o", str(tmp_path / "grades.csv")]) == 0
    row = rows(tmp_path)["alice"]
    assert (row["dataset"], row["categories"], row["last_run"]) == ("digits", "structure dropout", "yes")


def test_nobody_is_lost_whose_result_cannot_be_read(tmp_path: Path) -> None:
    """A result that cannot be read keeps its row. The row says so, instead of an old score."""
    run_all(on_mnist(), named("alice"), named("bob"), store=Store.open(tmp_path))
    with Store.open(tmp_path) as store:
        store._connection.execute("UPDATE results SET checksum = x'00' WHERE submission = 'bob'")
        alice, bob = class_of(store, terms=Terms())
    assert alice.fault is None
    assert (bob.submission, bob.status, bob.score) == ("bob", "grader_error", None)
    assert "grade it again" in str(bob.fault)


def test_what_the_store_could_not_take_is_in_the_class(tmp_path: Path) -> None:
    """A result that could not be stored is in the class. It is shown as a fault."""
    lost = Result(Identity("zoe"), "grader_error", None, 100.0, (), Metrics(), PROVENANCE, fault="disk full")
    with Store.open(tmp_path) as store:
        assert [result.fault for result in class_of(store, [lost], terms=Terms())] == ["disk full"]
