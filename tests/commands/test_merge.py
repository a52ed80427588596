"""Tests of `grader merge`.

Everybody of all folders is in one, with the later result of each, and the sources stay as they were.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from grader.cli import run
from grader.i18n import translator
from grader.model import Execution, Identity, Metrics, Outcome, Result
from grader.output import save_batch, save_result
from grader.protocol.codec import encode
from grader.record import Record, read_record, remember, stored_result
from grader.store import Store
from tests.testing.results import PROVENANCE, scored

EARLY, LATE = "2026-01-05T10:00:00Z", "2026-01-05T12:00:00Z"


def result_of(name: str, points: float | None = 2.0, *, started: str = EARLY, **provenance: object) -> Result:
    """A result with one test. Without points (None) it is a fault of the grader."""
    status = "grader_error" if points is None else "passed" if points == 2.0 else "failed"
    return Result(
        identity=Identity(name),
        status=status,  # type: ignore[arg-type]
        score=points,
        max_score=2.0,
        tests=() if points is None else (scored("structure/loads", "passed" if points else "failed", (points, 2.0)),),
        metrics=Metrics(),
        provenance=replace(PROVENANCE, started=started, **provenance),  # type: ignore[arg-type]
        fault="the disk was full" if points is None else None,
    )


def graded(out: Path, *results: Result, further: Mapping[str, Execution] | None = None) -> Path:
    """Write an output folder as a run leaves it. The execution of a submission lies under `key-NAME`."""
    translate = translator("en")
    with Store.open(out) as store:
        for result in results:
            execution = Execution({"load": Outcome("ok", result.submission.encode())})
            record = Record(result.identity, None, ["structure/loads"], execution, None, result.provenance)
            key = f"key-{result.submission}" if result.fault is None else None
            executions = {key: execution} if key is not None else {}
            for name, each in {**executions, **(further or {})}.items():
                store.put_execution(name, encode(each))
            remember(store, record, result, key=key)
            save_result(out, result, translate)
    save_batch(out, results, translate)
    return out


def grade_book(out: Path) -> dict[str, str]:
    """The points in `grades.csv`, by name."""
    with (out / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["submission"]: row["score"] for row in csv.DictReader(file)}


def contents(out: Path) -> dict[str, bytes]:
    """Content of every file in a folder, by relative path."""
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}


def merge(*arguments: object) -> int:
    """Run `grader merge` and return its exit code."""
    return run(["merge", *map(str, arguments)])


def test_everybody_is_in_the_folder_for_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The merged folder has everybody, as after one run.

    Grade book, overview and feedback are complete, and the exit code fits the results.
    """
    one, two = (
        graded(tmp_path / "1", result_of("anna"), result_of("boris", 0.0)),
        graded(tmp_path / "2", result_of("c")),
    )
    before = contents(one), contents(two)
    assert merge(one, two, "-o", tmp_path / "all") == 1
    assert (contents(one), contents(two)) == before
    assert grade_book(tmp_path / "all") == {"anna": "2", "boris": "0", "c": "2"}
    assert "boris" in (tmp_path / "all" / "overview.md").read_text(encoding="utf-8")
    assert (tmp_path / "all" / "c" / "feedback.ru.md").is_file()
    assert json.loads((tmp_path / "all" / "boris" / "result.json").read_bytes())["score"] == 0.0
    assert "3 in all: 3 added, 0 replaced" in capsys.readouterr().out


def test_what_was_observed_comes_along(tmp_path: Path) -> None:
    """Observations come along, also those of further seeds. A later run or a rejudge finds them."""
    further = Execution({"load": Outcome("ok", b"seed 1")})
    graded(tmp_path / "1", result_of("anna"), further={"key-further": further})
    assert merge(tmp_path / "1", "-o", tmp_path / "all") == 0
    with Store.open(tmp_path / "all") as store:
        stored = store.get("anna")
        assert stored is not None
        record = read_record(stored)
        assert record.execution is not None
        assert record.execution.outcomes["load"].payload == b"anna"
        assert store.get_execution("key-further") == encode(further)
        assert store.execution_keys() == ["key-anna", "key-further"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["in order", "reversed"])
@pytest.mark.parametrize(
    ("first", "second", "stands"),
    [
        (result_of("anna", 0.0), result_of("anna", 2.0, started=LATE), 2.0),
        (result_of("anna", 2.0), result_of("anna", 0.0, started=LATE), 0.0),
        (result_of("anna", 0.0), result_of("anna", None, started=LATE), 0.0),
        (result_of("anna", None), result_of("anna", 0.0, started=LATE), 0.0),
        (result_of("anna", None, started=LATE), result_of("anna", 0.0), 0.0),
    ],
    ids=["better", "worse", "fault after", "fault before", "fault begun later"],
)
def test_of_two_results_the_later_counts(
    first: Result, second: Result, stands: float, order: tuple[int, int], tmp_path: Path
) -> None:
    """Of two results the later one counts.

    The order of the folders does not matter, and a fault of the grader counts only where there is nothing else.
    """
    outs = [graded(tmp_path / "1", first), graded(tmp_path / "2", second)]
    merge(*(outs[i] for i in order), "-o", tmp_path / "all")
    assert grade_book(tmp_path / "all") == {"anna": f"{stands:g}"}
    with Store.open(tmp_path / "all") as store:
        result = stored_result(store, "anna")
        assert result is not None
        assert result.score == stands


def test_a_fault_is_told_where_there_is_nothing_else(tmp_path: Path) -> None:
    """A fault stays where a person has no other result. The grade book has that person, and the exit code says so."""
    graded(tmp_path / "1", result_of("anna", None), result_of("boris"))
    assert merge(tmp_path / "1", "-o", tmp_path / "all") == 3
    assert grade_book(tmp_path / "all") == {"anna": "", "boris": "2"}


def test_merging_again_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Merging again changes nothing. A result that was judged again in the merged folder stays, too."""
    one = graded(tmp_path / "1", result_of("anna"), result_of("boris"))
    merge(one, "-o", tmp_path / "all")
    with Store.open(tmp_path / "all") as store:
        store.put_result("anna", encode(result_of("anna", 1.0)))
    merge(one, "-o", tmp_path / "all")
    assert "2 in all: 0 added, 0 replaced by later results, 2 left as they were" in capsys.readouterr().out
    assert grade_book(tmp_path / "all") == {"anna": "1", "boris": "2"}
    once = contents(tmp_path / "all")
    merge(one, one, "-o", tmp_path / "all")
    assert contents(tmp_path / "all") == once


def test_the_folder_for_all_may_be_one_of_them(tmp_path: Path) -> None:
    """The target may be one of the folders. The others are merged into it."""
    one, two = graded(tmp_path / "1", result_of("anna")), graded(tmp_path / "2", result_of("boris"))
    assert merge(one, two, "-o", one) == 0
    assert grade_book(one) == {"anna": "2", "boris": "2"}


def test_a_merge_that_was_cut_short_is_done_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A further merge completes one that was cut short. It adds whatever is missing, files included."""
    one = graded(tmp_path / "1", result_of("anna"), result_of("boris"))

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Store, "put_record", die)
    assert merge(one, "-o", tmp_path / "all") == 130
    monkeypatch.undo()
    assert merge(one, "-o", tmp_path / "all") == 0
    assert grade_book(tmp_path / "all") == {"anna": "2", "boris": "2"}


def test_an_empty_shard_adds_nobody(tmp_path: Path) -> None:
    """The empty folder of a shard adds nobody. It is merged like the others."""
    Store.open(tmp_path / "empty").close()
    assert merge(graded(tmp_path / "1", result_of("anna")), tmp_path / "empty", "-o", tmp_path / "all") == 0
    assert grade_book(tmp_path / "all") == {"anna": "2"}


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (result_of("boris", threshold=0.97), "the goal"),
        (
            replace(result_of("boris"), tests=(scored("structure/loads", points=(4.0, 4.0)),), max_score=4.0),
            "structure/loads",
        ),
        (result_of("anna", started=LATE, submission_sha256="cd" * 32), "different files under one name"),
    ],
    ids=["goal", "points", "two people"],
)
def test_what_differs_is_told(other: Result, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Differences between folders are reported in one line on stderr. They are merged all the same."""
    one, two = graded(tmp_path / "1", result_of("anna")), graded(tmp_path / "2", other)
    assert merge(one, two, "-o", tmp_path / "all") == 0
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line


def refusal(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """Run a merge that must be refused; return its one line."""
    assert merge(*arguments) == 2
    out, err = capsys.readouterr()
    (line,) = err.splitlines()
    assert (out, line[:8]) == ("", "grader: ")
    return line


def test_a_data_set_is_not_merged_with_another(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Results on different data sets are not merged.

    A trial on the small digits decides no grade; both folders are named, and nothing is written.
    """
    one, two = graded(tmp_path / "1", result_of("anna")), graded(tmp_path / "2", result_of("b", dataset="digits"))
    line = refusal(capsys, one, two, "-o", tmp_path / "all")
    assert [word for word in (str(one), str(two), "mnist", "digits") if word not in line] == []
    assert not (tmp_path / "all" / "grades.csv").exists()


def test_what_cannot_be_merged_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A merge that makes no sense is refused.

    There is a folder without results, the target alone, a file as target, and an unreadable result.
    """
    one = graded(tmp_path / "1", result_of("anna"))
    assert "holds no results" in refusal(capsys, one, tmp_path / "nothing", "-o", tmp_path / "all")
    assert not (tmp_path / "all").exists()
    assert not (tmp_path / "nothing").exists()
    assert "all that there is to merge" in refusal(capsys, one, "-o", one)
    assert "-o" in refusal(capsys, one)
    (tmp_path / "file").touch()
    assert str(tmp_path / "file") in refusal(capsys, one, "-o", tmp_path / "file")
    with Store.open(one) as store:
        store.put_result("anna", b"of another version")
    assert "anna was written by another version" in refusal(capsys, one, "-o", tmp_path / "all")
