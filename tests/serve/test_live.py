"""The class page follows the store. It does so while another process writes, and does not hinder it."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.kept_roster import keep_roster
from grader.roster import read_roster
from grader.serve import live
from grader.serve.live import LiveClass, check_served
from grader.store import FOLDER
from grader.store.store import FILE
from tests.testing.other_run import end, grade, running
from tests.testing.stored import graded, stored


def test_a_run_is_followed_from_its_first_result_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page follows a run from first result to end. It says whether a run is going on."""
    monkeypatch.setattr(live, "_LEAST_SECONDS", 0.0)
    monkeypatch.setattr(live, "_SHARE", 1e9)
    everybody = LiveClass(tmp_path)
    with running(tmp_path) as process:
        empty = everybody.page("en")
        assert b"A run is going on; graded in it so far: 0." in empty.content
        grade(process, "alice")
        first = everybody.page("en")
        assert b"A run is going on; graded in it so far: 1." in first.content
        assert b'href="alice/feedback.en.html"' in first.content
        assert not everybody.is_waiting("alice")
        assert everybody.is_waiting("bob")
        assert everybody.page("en") is first  # nothing has changed
        grade(process, "bob")
        second = everybody.page("en")
        assert b'href="bob/feedback.en.html"' in second.content
        assert len({empty.version, first.version, second.version}) == 3
        end(process)
    assert b"A run is going on" not in everybody.page("en").content
    assert not everybody.is_waiting("bob")
    assert sorted(path.name for path in (tmp_path / FOLDER).iterdir()) == ["lock", FILE]


def test_a_run_is_not_kept_busy_by_who_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking at the page does not keep a run busy.

    During a run pages are made at intervals; the last one comes with its end.
    """
    monkeypatch.setattr(live, "_LEAST_SECONDS", 3600.0)
    everybody = LiveClass(tmp_path)
    with running(tmp_path) as process:
        grade(process, "alice")
        before = everybody.page("en")
        grade(process, "bob")
        assert everybody.page("en") is before
        end(process)
    assert b"bob" in everybody.page("en").content


def test_what_people_say_changes_the_page(tmp_path: Path) -> None:
    """`adjustments.csv` and the roster change the page at once. One that makes no sense is told and breaks nothing."""
    stored(tmp_path, graded("alice", 50))
    everybody = LiveClass(tmp_path)
    before = everybody.page("en")
    adjustments = tmp_path / "adjustments.csv"
    adjustments.write_text("submission,test,points,comment\nalice,,+5,well argued\n")
    assert b"well argued" in everybody.page("en").content
    keep_roster(tmp_path, read_roster(b"id,name\n1,Max Missing\n", "roster"))
    assert b"Max Missing" in everybody.page("en").content
    adjustments.write_text("submission,test,points\nalice,,many\n")
    with pytest.raises(UsageError, match=r"adjustments\.csv"):
        everybody.page("en")
    adjustments.unlink()
    assert everybody.page("en").version != before.version


def test_a_folder_of_no_run_is_not_served(tmp_path: Path) -> None:
    """A folder without a run is not served. One of a run that has just begun is."""
    with pytest.raises(UsageError, match="name the --out folder of a run"):
        check_served(tmp_path)
    (tmp_path / FOLDER).mkdir()
    check_served(tmp_path)
    assert b"<table" in LiveClass(tmp_path).page("ru").content
