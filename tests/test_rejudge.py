"""`rejudge` changes what it should and nothing else. Nobody is lost from the grade book."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from grader.assignment import DEFAULT, Assignment, load_assignment
from grader.cli import run
from grader.commands.base import Ending
from grader.commands.rejudge import rejudge
from grader.datasets import load
from grader.errors import GraderFault
from grader.i18n import translator
from grader.judge.collect import HiddenTest, collect
from grader.judge.exchange import Judge
from grader.judging import judged
from grader.kept_assignment import kept_assignment
from grader.model import Outcome, PanelImage, Result
from grader.output import save_batch, save_result
from grader.protocol.codec import encode
from grader.protocol.observations import Predictions
from grader.record import Record, read_record, remember, stored_result
from grader.rejudging import Rejudged
from grader.report.csv import final_scores
from grader.store import Store
from tests.testing.courses import other_assignment
from tests.testing.jobs import submission
from tests.testing.judging import judge_for_all
from tests.testing.runs import BROKEN, HONEST, UNREADABLE, run_all, setup_of
from tests.testing.stored import graded as with_points
from tests.testing.stored import stored

UNMADE = submission("unmade")  # has no hidden layer
ALL = ["broken", "honest", "unmade", "unreadable"]


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Grade four submissions by their structure."""
    out = tmp_path_factory.mktemp("graded")
    translate = translator("en")

    def write(result: Result) -> None:
        save_result(out, result, translate)

    setup = setup_of(load_assignment(), categories=("structure",))
    results = run_all(setup, BROKEN, HONEST, UNMADE, UNREADABLE, write=write, store=Store.open(out))
    save_batch(out, results, translate)
    return out


@pytest.fixture
def out(graded: Path, tmp_path: Path) -> Path:
    """Copy these results, to judge them again."""
    return Path(shutil.copytree(graded, tmp_path / "grades"))


def files(out: Path) -> dict[str, bytes]:
    """Return what people and programs read, without times."""
    found = {}
    for path in sorted(out.rglob("*")):
        if path.is_file() and path.parent.name != ".grader":
            content = path.read_bytes()
            if path.name == "result.json":
                result = json.loads(content)
                content = json.dumps(result | {"tests": [t | {"seconds": 0} for t in result["tests"]]}).encode()
            found[path.relative_to(out).as_posix()] = content
    return found


def score(out: Path, name: str) -> float | None:
    """Return the score in `result.json`."""
    return json.loads((out / name / "result.json").read_bytes())["score"]


def change_record(out: Path, name: str, change: Callable[[Record], Record], *, result: bytes | None = None) -> None:
    """Store other observations of a submission. Its result is kept, or replaced by `result`."""
    with Store.open(out) as store:
        kept = result if result is not None else store.get_result(name)
        assert kept is not None
        record = change(record_in(store, name))
        execution, rest = record.execution, replace(record, execution=None)
        store.put_execution(f"changed {name}", encode(execution))
        store.put_record(name, f"changed {name}", encode(rest), kept)


def again(
    out: Path,
    assignment: Assignment | None = None,
    tests: dict[str, HiddenTest] | None = None,
    *,
    dry_run: bool = False,
) -> Ending:
    """Judge everything in `out` again. Assignment and tests are as they are now, or as given."""
    tests = tests or collect()
    return rejudge(out, assignment or load_assignment(tests=frozenset(tests)), tests, dry_run=dry_run)


def record_in(store: Store, name: str) -> Record:
    """Return what is kept of a submission."""
    stored = store.get(name)
    assert stored is not None
    return read_record(stored)


def without_what_came_later(record: Record) -> Record:
    """Return a record as another version would have stored it. Its observation of `samples` has another shape."""
    assert record.execution is not None
    outcomes = dict(record.execution.outcomes)
    outcomes["samples"] = replace(outcomes["samples"], payload=encode({"other": 1}))
    return replace(record, execution=replace(record.execution, outcomes=outcomes))


def test_nothing_changes_where_nothing_has_changed(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Judging again without a change leaves every file as it was."""
    before = files(out)
    assert again(out) is Ending.PASSED
    assert capsys.readouterr().out == "4 judged again, 0 changed\n"
    assert files(out) == before


def test_adjustments_are_counted_apart(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever has entered an adjustment sees that it was taken, also where it changes no grade any more."""
    (out / "adjustments.csv").write_text("submission,test,points\nbroken,total,+5\nhonest,total,excused\n")
    assert again(out) is Ending.PASSED
    assert capsys.readouterr().out.splitlines()[-1] == "4 judged again, 2 changed, 2 adjusted or late"
    assert again(out) is Ending.PASSED
    assert capsys.readouterr().out == "4 judged again, 0 changed, 2 adjusted or late\n"


def test_images_are_made_again_and_else_kept(out: Path) -> None:
    """The images of a result are made again. Facts that don't say which images keep those of the old result."""

    def predicted(record: Record) -> Record:
        assert record.execution is not None
        assert record.facts is not None
        scores = 5 * np.eye(10, dtype=np.float32)[record.facts.answers]
        seen = {**record.execution.outcomes, "predictions": Outcome("ok", encode(Predictions(scores)))}
        return replace(record, execution=replace(record.execution, outcomes=seen))

    def of_before(record: Record) -> Record:
        assert record.facts is not None
        return replace(record, facts=replace(record.facts, images=np.zeros(0, np.int64)))

    def panel() -> tuple[PanelImage, ...]:
        with Store.open(out) as store:
            result = stored_result(store, "honest")
        assert result is not None
        return result.metrics.panel

    change_record(out, "honest", predicted)
    assert again(out) is Ending.PASSED
    shown, images = panel(), load("digits").test_images
    assert len(shown) == 16
    assert all(one.predicted == one.true and one.pixels == images[one.index].tobytes() for one in shown)
    assert b"data:image/png" in (out / "honest" / "feedback.en.html").read_bytes()
    change_record(out, "honest", of_before)
    assert again(out) is Ending.PASSED
    assert panel() == shown


def test_a_changed_rubric_is_shown_first_and_then_written(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A changed rubric is shown by --dry-run, then written.

    Only without that option are results and grade book changed.
    """
    real = load_assignment()
    points = {**real.points, "structure/loads": real.points["structure/loads"] + 1}
    changed = msgspec.structs.replace(real, points=points)
    before, old = files(out), score(out, "honest")
    assert old is not None
    change = f"honest: {old:g} → {old + 1:g}\n"
    assert again(out, changed, dry_run=True) is Ending.PASSED
    said = capsys.readouterr().out
    assert change in said
    assert said.endswith("4 judged again, 2 changed, nothing written (--dry-run)\n")
    assert files(out) == before
    assert again(out, changed) is Ending.PASSED
    assert change in capsys.readouterr().out
    assert score(out, "honest") == old + 1
    assert f",{old + 1:g}," in (out / "grades.csv").read_text(encoding="utf-8-sig").splitlines()[2]
    assert again(out, changed) is Ending.PASSED
    assert capsys.readouterr().out == "4 judged again, 0 changed\n"


def test_what_changes_is_what_belongs_in_a_grade_book(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What people have said counts, whether they said it before or since; what it outweighs is no change."""
    out = stored(tmp_path / "grades", *(with_points(name, 90) for name in ("ada", "bob", "eve")))
    judged_now = [with_points(name, 91) for name in ("ada", "bob", "eve")]
    monkeypatch.setattr(
        "grader.rejudging.judge_again", lambda *_: iter([Rejudged(each.submission, each) for each in judged_now])
    )
    said = "submission,test,points,comment\nada,total,-5.5,\nbob,total,excused,ill\n"
    (out / "adjustments.csv").write_text(said)

    assert again(out, dry_run=True) is Ending.PASSED
    shown = "ada: 84.5 → 85.5\neve: 90 → 91\n3 judged again, 2 changed, 2 adjusted or late"
    assert capsys.readouterr().out == f"{shown}, nothing written (--dry-run)\n", "without a table it is the store"
    assert again(out) is Ending.PASSED
    assert capsys.readouterr().out == f"{shown}\n"
    assert final_scores((out / "grades.csv").read_bytes()) == {"ada": "85.5", "bob": "excused", "eve": "91"}

    (out / "adjustments.csv").write_text(f"{said}eve,total,12,\n")
    assert again(out, dry_run=True) is Ending.PASSED
    assert capsys.readouterr().out.startswith("eve: 91 → 12\n3 judged again, 1 changed, 3 adjusted or late")


def test_a_changed_bar_is_the_goal_from_then_on(out: Path) -> None:
    """A changed bar is the goal in the report, too."""
    real = load_assignment()
    digits = msgspec.structs.replace(real.accuracy["digits"], bars=[0.1, 0.2, 0.3])
    changed = msgspec.structs.replace(real, accuracy=real.accuracy | {"digits": digits})
    again(out, changed)
    assert json.loads((out / "honest" / "result.json").read_bytes())["provenance"]["threshold"] == 0.3


def test_numbers_are_computed_anew(out: Path) -> None:
    """Metrics are computed again from what was observed. So a corrected metric corrects old results."""

    def heavier(record: Record) -> Record:
        assert record.execution is not None
        return replace(record, execution=replace(record.execution, peak_memory_bytes=7 << 20))

    change_record(out, "honest", heavier)
    again(out)
    metrics = json.loads((out / "honest" / "result.json").read_bytes())["metrics"]
    assert metrics["peak_memory_mb"] == 7.0
    assert metrics["n_parameters"] == 784 * 64 + 64 + 64 * 10 + 10


def test_a_judge_that_fails_takes_nobodys_score(
    out: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A judge that fails takes nobody's score. A hidden test is broken here; the exit code is 3."""

    def fail(*_: object) -> None:
        raise GraderFault("hidden test structure/loads: KeyError: 'bars'")

    monkeypatch.setattr(Judge, "verdicts", fail)
    before = files(out)
    assert again(out) is Ending.FAULT
    said = capsys.readouterr()
    assert "honest keeps the result it has: GraderFault: hidden test structure/loads" in said.err
    assert said.out == "1 judged again, 0 changed, 3 left as they are\n"  # an unreadable submission needs no judge
    assert files(out) == before


def test_observations_of_another_shape_keep_their_result(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Observations of another version keep their result. The row in the grade book stays, too."""
    change_record(out, "honest", without_what_came_later)
    before = files(out)
    assert again(out) is Ending.FAULT
    said = capsys.readouterr()
    why = "another version of the grader observed it: grade it again"
    assert said.err == f"grader: honest keeps the result it has: {why}\n"
    assert said.out == "3 judged again, 0 changed, 1 left as they are\n"
    assert files(out) == before


def test_nobody_is_dropped_from_the_grade_book(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody is dropped from the grade book. Where the old result cannot be read, everything stays as it is."""
    change_record(out, "honest", without_what_came_later, result=encode({"of": "another time"}))
    before = files(out)
    assert again(out) is Ending.FAULT
    assert "nothing written (the result of honest cannot be read, " in capsys.readouterr().out
    assert files(out) == before


def test_who_was_not_graded_stays_in_the_grade_book(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Who was not graded stays in the grade book. A fault of the grader is no zero when judged again."""

    def faulty(record: Record) -> Record:
        return replace(record, execution=None, facts=None, fault="the machine was out of memory")

    with Store.open(out) as store:
        record = faulty(record_in(store, "unmade"))
        result = judged(record, load_assignment(), collect(), judge_for_all())
        remember(store, record, result, key=None)
    assert again(out) is Ending.FAULT
    said = capsys.readouterr()
    assert "unmade keeps the result it has: it was not graded (the machine was out of memory)" in said.err
    rows = (out / "grades.csv").read_text(encoding="utf-8-sig").splitlines()[1:]
    assert [row.split(",")[2] for row in rows] == ALL
    assert "grader_error" in rows[2]


@pytest.mark.parametrize(("probes", "after"), [(("loop",), ()), (("shapes",), ("training/epochs",))])
def test_a_test_that_came_later_is_judged_where_it_can_be(
    probes: tuple[str, ...],
    after: tuple[str, ...],
    out: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A newer test is judged where its observations exist.

    One that needs others, or comes after such, is told and costs nothing.
    """
    before = files(out)
    for name in ("honest", "unmade"):
        change_record(out, name, lambda record: replace(record, tests=["structure/loads", "structure/builds"]))
    later = HiddenTest("structure/later", probes, after, visible=False, summary="Looks at how it trains.")
    assert again(out, load_assignment(), {**collect(), later.id: later}) is Ending.PASSED
    said = capsys.readouterr()
    assert said.err.startswith("grader: structure/later could not be judged for 3 of 4: ")
    assert said.out.startswith("4 judged again, 0 changed")
    assert {name: text for name, text in files(out).items() if "unreadable" not in name and "/" in name} == {
        name: text for name, text in before.items() if "unreadable" not in name and "/" in name
    }


def test_a_folder_is_judged_by_the_file_of_another_course(
    out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--assignment` judges a folder by another file, which counts from then on; `--dry-run` only shows it."""
    monkeypatch.delenv("GRADER_ASSIGNMENT", raising=False)
    other = other_assignment(tmp_path, language='language = "en"')
    assert run(["rejudge", str(out), "--assignment", str(other.path), "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert "honest: 20 → 17.5\n" in shown
    assert kept_assignment(out) is None
    assert score(out, "honest") == 20
    assert run(["rejudge", str(out), "--assignment", str(other.path)]) == 0
    assert capsys.readouterr().out == shown.replace(", nothing written (--dry-run)", "")
    assert kept_assignment(out) == other
    assert run(["rejudge", str(out)]) == 0
    assert ", 0 changed" in capsys.readouterr().out
    assert run(["rejudge", str(out), "--assignment", str(DEFAULT)]) == 0
    assert kept_assignment(out) is None
    assert score(out, "honest") == 20
