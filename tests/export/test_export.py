"""Tests of `grader export`: stored results for other systems."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path

import pytest

from grader.assignment import load_assignment
from grader.cli import run
from grader.export.registry import EXPORTERS
from grader.i18n import translator
from grader.output import save_result
from grader.store import Store
from tests.testing.runs import BROKEN, HONEST, UNREADABLE, run_all, setup_of
from tests.testing.stored import FOR_PLATFORMS

NAMES = ["broken", "honest", "unreadable"]
OF_ONE = {"annotations", "classroom", "classroom50"}  # these have tests of their own


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An output folder with three results."""
    folder = tmp_path_factory.mktemp("grades")
    setup = setup_of(load_assignment(), categories=("structure",))

    def write(result: object) -> None:
        save_result(folder, result, translator("en"))  # type: ignore[arg-type]

    run_all(setup, UNREADABLE, HONEST, BROKEN, write=write, store=Store.open(folder))
    return folder


def exported(capfdbinary: pytest.CaptureFixture[bytes], *arguments: str | Path) -> bytes:
    """Run an export that succeeds; return its output."""
    assert run(["export", *map(str, arguments)]) == 0
    return capfdbinary.readouterr().out


def refused(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    """Run an export that is refused; return its one line."""
    assert run(["export", *map(str, arguments)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    return line


def test_a_table_has_a_row_for_everybody(out: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """A table has a row for everybody, in name order. Whatever reads CSV can read it."""
    text = exported(capfdbinary, "csv", out).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["submission"] for row in rows] == NAMES
    assert [row["score"] for row in rows] == ["0", "20", "0"]


def test_json_lines_are_the_results(out: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Each JSON line is one `result.json`, with the grade."""
    lines = exported(capfdbinary, "jsonl", out).decode().splitlines()
    assert [json.loads(line)["submission"] for line in lines] == NAMES
    for line in lines:
        name = json.loads(line)["submission"]
        earned = json.loads((out / name / "result.json").read_bytes())
        assert json.loads(line) == {**earned, "final_score": earned["score"], "late_points": 0, "excused": False}


def test_messages_come_in_the_language_asked_for(out: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Messages come in the language asked for. The ids stay."""
    english, russian = (
        [json.loads(line) for line in exported(capfdbinary, "jsonl", out, "--lang", language).splitlines()]
        for language in ("en", "ru")
    )
    ids = [[test["id"] for test in result["tests"]] for result in english]
    assert [[test["id"] for test in result["tests"]] for result in russian] == ids
    assert english[0]["tests"][0]["message"] != russian[0]["tests"][0]["message"]


def test_a_file_is_written_whole(out: Path, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """`-o` writes a file and prints nothing. Missing folders are made."""
    target = tmp_path / "for" / "others.csv"
    assert exported(capfdbinary, "csv", out, "-o", target) == b""
    assert target.read_bytes() == exported(capfdbinary, "csv", out)


def test_a_folder_is_no_file(out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder cannot be the output file. The message names it."""
    assert f"-o {tmp_path} is a folder" in refused(capsys, "csv", out, "-o", tmp_path)


def test_a_pipe_is_written_to(out: Path, tmp_path: Path) -> None:
    """`-o >(command)` and `-o /dev/stdout`: what is there stays what it is."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert run(["export", "csv", str(out), "-o", str(pipe)]) == 0
        assert b"honest" in os.read(reader, 100_000)
    finally:
        os.close(reader)
    assert pipe.is_fifo()


def test_every_exporter_makes_files_of_results(out: Path, tmp_path: Path) -> None:
    """Every exporter has its name and writes files. It makes one file, or several in a folder."""
    for name, make in EXPORTERS.items():
        assert make().name == name
        if name in FOR_PLATFORMS or name in OF_ONE:
            continue
        assert run(["export", name, str(out), "-o", str(tmp_path / name)]) == 0
        written = [tmp_path / name] if (tmp_path / name).is_file() else [*(tmp_path / name).rglob("*.*")]
        assert written
        assert all(path.stat().st_size for path in written)


def test_an_unknown_target_is_named_with_those_there_are(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An unknown target is refused with the known ones."""
    line = refused(capsys, "fax", out)
    assert [word for word in ("fax", *EXPORTERS) if word not in line] == []


def test_a_folder_without_results(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder without results has nothing to export. It was never graded into, or its store is empty."""
    assert "holds no results" in refused(capsys, "csv", tmp_path)
    Store.open(tmp_path).close()
    assert "holds no results yet" in refused(capsys, "csv", tmp_path)


def test_a_result_of_another_version_is_named(out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A result of another version is named. Nobody is left out in silence."""
    with Store.open(tmp_path) as store:
        store.put_record("alice", None, b"", b"\x80")
    assert "the result of alice was written by another version" in refused(capsys, "csv", tmp_path)
