"""The output folder is refused where it could do harm. Nothing is written through a link."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.i18n import translator
from grader.intake import discover
from grader.model import Result
from grader.output import check_apart, save_result
from grader.store import FOLDER
from tests.testing.handed_in import IN_STUDENT, write_files, write_zip


def check(out: Path, *paths: Path) -> list[str]:
    """Return the names of what is graded into `out`."""
    submissions = discover(paths, skip=[out])
    check_apart(out, paths, submissions)
    return [submission.name for submission in submissions]


def refused(out: Path, *paths: Path) -> str:
    """Return the line that refuses `out`."""
    with pytest.raises(UsageError, match=re.escape(f"--out {out}: ")) as raised:
        check(out, *paths)
    return str(raised.value)


@pytest.fixture
def batch(tmp_path: Path) -> Path:
    """Make a class of two folders and an archive."""
    write_files(tmp_path / "class" / "alice")
    write_files(tmp_path / "class" / "bob", IN_STUDENT)
    write_zip(tmp_path / "class" / "carl.zip")
    return tmp_path / "class"


def test_results_in_the_batch_are_nobody_s_work(batch: Path) -> None:
    """Results within a batch are never graded. `cd class; grader .` may be run again, also through a link."""
    assert check(batch / "grades", batch) == ["alice", "bob", "carl"]
    (batch / "grades" / FOLDER).mkdir(parents=True)
    write_files(batch / "grades" / "alice", {"result.json": "{}"})
    assert check(batch / "grades", batch) == ["alice", "bob", "carl"]
    (batch.parent / "link").symlink_to(batch)
    assert check(batch.parent / "link" / "grades", batch) == ["alice", "bob", "carl"]


def test_what_is_graded_is_no_place_for_results(batch: Path) -> None:
    """Results cannot go into what is graded.

    That is the batch, one of its entries, or a folder within, also through a link.
    """
    assert "this folder is itself to be graded" in refused(batch, batch)
    assert "class/alice" in refused(batch / "alice", batch)
    assert "class/bob" in refused(batch / "bob" / "student" / "out", batch)
    assert "class/later" in refused(batch / "later" / "out", batch)
    (batch.parent / "link").symlink_to(batch / "alice")
    assert "class/alice" in refused(batch.parent / "link", batch)


def test_a_folder_called_grades_that_is_no_run_s_is_not_taken(batch: Path) -> None:
    """A student's folder named `grades` is not used for results. It is neither left out nor written into."""
    write_files(batch / "grades")
    assert "class/grades" in refused(batch / "grades", batch)


def test_results_never_land_on_a_submission(batch: Path) -> None:
    """Results never land on a submission. `grader class/alice --out class` would write into `class/alice`."""
    assert "alice" in refused(batch, batch / "alice")
    assert check(batch, batch / "carl.zip") == ["carl"]


def test_results_beside_the_package_are_fine_and_in_it_are_not(batch: Path) -> None:
    """Results may lie beside `student/`, never among the modules. There they would be handed in too."""
    assert check(batch / "bob" / "grades", batch / "bob") == ["bob"]
    assert "alice" in refused(batch / "alice" / "grades", batch / "alice")


def test_a_link_in_place_of_a_result_s_folder_is_not_followed(tmp_path: Path, passed: Result) -> None:
    """A link in place of a result's folder is not followed. Results are written into a folder of the run's own."""
    victim = write_files(tmp_path / "victim", {"result.json": "theirs"})
    out = tmp_path / "out"
    out.mkdir()
    (out / "alice").symlink_to(victim)
    save_result(out, passed, translator("en"))
    assert (victim / "result.json").read_text() == "theirs"
    assert not (out / "alice").is_symlink()
    assert (out / "alice" / "result.json").is_file()
