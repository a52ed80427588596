"""The page of a class follows the store, also while another process writes, and leaves that one alone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.kept_roster import keep_roster
from grader.roster import read_roster
from grader.serve import live
from grader.serve.live import LiveClass, check_served
from grader.store import FOLDER
from grader.store.store import FILE
from tests.testing.stored import graded, stored

ROOT = Path(__file__).parents[2]
RUN = """
import sys
from pathlib import Path
from grader.protocol.codec import encode
from grader.store import Store, only_writer
from tests.testing.stored import graded
out = Path(sys.argv[1])
with only_writer(out, print), Store.open(out) as store:
    store.begin_run([])
    print("begun", flush=True)
    for line in sys.stdin:
        name = line.strip()
        store.put_record(name, None, b"", encode(graded(name, 100)))
        print(name, flush=True)
"""


@contextmanager
def running(out: Path) -> Iterator[subprocess.Popen[str]]:
    """A run into `out` in another process, which stores a result for each name it is told."""
    with subprocess.Popen(
        [sys.executable, "-c", RUN, str(out)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        yield process


def grade(process: subprocess.Popen[str], name: str) -> None:
    """Have the run store a result."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{name}\n")
    process.stdin.flush()
    assert process.stdout.readline() == f"{name}\n"


def end(process: subprocess.Popen[str]) -> None:
    """Let the run come to its end."""
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(60) == 0


def test_a_run_is_followed_from_its_first_result_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each result appears, that a run is going on is said, and that it has ended."""
    monkeypatch.setattr(live, "_LEAST_SECONDS", 0.0)
    monkeypatch.setattr(live, "_SHARE", 1e9)
    everybody = LiveClass(tmp_path)
    with running(tmp_path) as process:
        empty = everybody.page("en")
        assert b"A run is going on: 0 of 0" in empty.content
        grade(process, "alice")
        first = everybody.page("en")
        assert b"A run is going on: 1 of 1" in first.content
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
    """While it goes on, pages are made at intervals; the last one comes with its end."""
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
    """`adjustments.csv` and the roster count at once; one that makes no sense is told and breaks nothing."""
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
    """In one line; that of a run that has just begun is."""
    with pytest.raises(UsageError, match="name the --out folder of a run"):
        check_served(tmp_path)
    (tmp_path / FOLDER).mkdir()
    check_served(tmp_path)
    assert b"<table" in LiveClass(tmp_path).page("ru").content
