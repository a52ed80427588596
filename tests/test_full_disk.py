"""Tests of a full disk and other limits of the machine.

They are reported, cost nobody a point, and stop nobody else.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.cli import run
from grader.errors import GraderFault
from grader.intake import discover
from grader.store import Store
from tests.testing.handed_in import write_files
from tests.testing.runs import assignment, run_all, setup_of

NOBODY_S = ["--dataset", "digits", "--sandbox", "none", "--time-limit", "5"]
HANDED_IN = 30


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk that a few results fill."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if sys.platform != "linux" or os.getuid() != 0:
        pytest.skip("only root on Linux may mount a small disk")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=640k", "tmpfs", str(disk)], check=False)
    if mounted.returncode:
        pytest.skip("no disk can be mounted here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_costs_nobody_a_point(small_disk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A full disk costs nobody a point.

    Each result that cannot be saved is reported; with more room the same command grades only those.
    """
    for i in range(HANDED_IN):
        write_files(tmp_path / "submit", {f"s{i}.zip": f"no archive {i}"})
    command = [str(tmp_path / "submit"), *NOBODY_S, "--out", str(small_disk / "grades")]
    assert run(command) == 3
    said = capsys.readouterr()
    faults = [line for line in said.err.splitlines() if line.startswith("The grader failed on s")]
    assert 0 < len(faults) < HANDED_IN
    assert all("could not be saved" in line and "free some space" in line for line in faults)
    assert "Traceback" not in said.err
    assert "internal error" not in said.err
    assert "s0" in said.out, "the summary is printed all the same"
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    assert run(command) == 1
    again = capsys.readouterr().err
    assert " from before, " in again
    with (small_disk / "grades" / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["status"] for row in rows] == ["failed"] * HANDED_IN


def test_an_execution_that_cannot_be_kept_is_a_fault_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An execution that cannot be stored is a grader fault. It is not repeated in vain, and the others are graded."""
    for name in ("alice", "bob"):
        write_files(tmp_path / "submit" / name, {"net.py": f"# {name}\n"})
    put, full = Store.put_execution, ["alice"]

    def put_execution(store: Store, key: str, payload: bytes) -> None:
        if full.pop() if full else None:
            raise GraderFault("database or disk is full")
        put(store, key, payload)

    monkeypatch.setattr(Store, "put_execution", put_execution)
    begun: list[str] = []
    setup = setup_of(assignment(), categories=("structure",))
    submissions = discover([tmp_path / "submit"])
    alice, bob = run_all(setup, *submissions, begin=lambda work: begun.append(work.name), store=Store.open(tmp_path))
    assert begun == ["alice", "bob"]
    assert alice.score is None
    assert "database or disk is full" in str(alice.fault)
    assert (bob.status, bob.fault) == ("failed", None)


def test_a_submission_that_is_removed_meanwhile_is_graded(tmp_path: Path) -> None:
    """A submission removed during the run is graded. It was read when it was found."""
    folder = write_files(tmp_path / "submit" / "alice", {"net.py": "x = 1\n"})
    (alice,) = discover([tmp_path / "submit" / "alice"])
    (folder / "net.py").unlink()
    folder.rmdir()
    (result,) = run_all(setup_of(assignment(), categories=("structure",)), alice)
    assert (result.status, result.fault) == ("failed", None)


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_that_submission_s(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that may not be read fails its own submission. The others are graded, and it is no grader fault."""
    write_files(tmp_path / "submit", {"alice.zip": "no archive", "bob.zip": "no archive"})
    (tmp_path / "submit" / "alice.zip").chmod(0)
    assert run([str(tmp_path / "submit"), *NOBODY_S, "--out", str(tmp_path / "grades")]) == 1
    assert "alice" in capsys.readouterr().out
