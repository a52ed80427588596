"""Tests of `grader similar OUT` after real runs. The programs are found again, and only the page changes."""

from __future__ import annotations

import io
import itertools
import random
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from grader.assignment import load_assignment
from grader.cli import run
from grader.sources import MOST_BYTES, packed, unpacked
from grader.store import Store
from tests.testing.corpus import sample_named, submission_of
from tests.testing.disguise import disguised
from tests.testing.jobs import submission
from tests.testing.results import PROVENANCE
from tests.testing.runs import UNREADABLE, run_all, setup_of
from tests.testing.stored import graded, stored


def _named(name: str, files: dict[str, str]) -> object:
    return submission(name, **{path.removesuffix(".py"): text for path, text in files.items()})


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An output folder with a solution and a copy of it.

    It has another solution, too, and a submission that could not be read.
    """
    folder = tmp_path_factory.mktemp("grades")
    texts = {}
    for name in ("augmentation", "maxout-units"):
        files = submission_of(sample_named(f"right/{name}")).files
        texts[name] = {path: content.decode() for path, content in files.items() if path.endswith(".py")}
    everybody = {
        "alice": texts["augmentation"],
        "bob": disguised(texts["augmentation"], 3),
        "carol": texts["maxout-units"],
    }
    works = [_named(name, files) for name, files in everybody.items()]
    setup = setup_of(load_assignment(), categories=("structure",))
    run_all(setup, UNREADABLE, *works, store=Store.open(folder))  # type: ignore[arg-type]
    return folder


def test_a_copy_is_named_and_shown(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A copy is named in one line. The page shows it, and whoever could not be read causes no message."""
    assert run(["similar", str(out)]) == 0
    said = capsys.readouterr()
    pair, page = said.out.splitlines()
    assert pair.startswith("alice and bob: ")
    assert page == str(out / "similar.html")
    assert said.err == ""
    assert "carol" not in (out / "similar.html").read_text()
    assert (out / "similar.html").read_text() == (out / "similar.en.html").read_text()
    assert '<html lang="ru">' in (out / "similar.ru.html").read_text()


class Terminal(io.StringIO):
    """Keeps what is written to it, and says that it is a terminal."""

    def isatty(self) -> bool:
        """It is one."""
        return True


def test_on_a_terminal_it_is_shown_how_far_it_is(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal, bars show how far a long comparison is."""
    monkeypatch.setattr("grader.commands.waiting.AFTER_SECONDS", 0.0)
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert run(["similar", str(out)]) == 0
    assert "reading" in sys.stderr.getvalue()  # type: ignore[attr-defined]
    assert re.search(r"comparing.*\b0/3 ", sys.stderr.getvalue())  # type: ignore[attr-defined]


def test_how_much_is_much_can_be_said(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The share that counts as similar can be set. From 100 % on, neither page lists this pair."""
    assert run(["similar", str(out), "--share", "100", "--lang", "ru"]) == 0
    assert capsys.readouterr().out.startswith("Похожих работ нет")
    assert "Похожих работ нет" in (out / "similar.html").read_text()
    assert "No two of the 3" in (out / "similar.en.html").read_text()
    assert run(["similar", str(out), "--share", "0"]) == 2
    assert "percentage" in capsys.readouterr().err


def test_programs_come_along_when_folders_are_merged(
    out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Programs come along when folders are merged. So shards of a class can be compared with each other."""
    assert run(["merge", str(out), "-o", str(tmp_path / "all")]) in (0, 1)
    capsys.readouterr()
    assert run(["similar", str(tmp_path / "all")]) == 0
    assert capsys.readouterr().out.startswith("alice and bob: ")


def test_programs_that_were_not_kept_are_told(out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder that has kept no programs is refused.

    An earlier version made such folders; the message says what to do.
    """
    with Store.open(out) as store, Store.open(tmp_path) as old:
        for name in store.submissions():
            stored, result = store.get(name), store.get_result(name)
            assert stored is not None
            assert result is not None
            old.put_record(name, None, stored.record, result)
    assert run(["similar", str(tmp_path)]) == 2
    told, refused = capsys.readouterr().err.splitlines()
    assert "alice, bob, carol" in told
    assert "grade these again" in told
    assert "nothing to compare" in refused


def test_attempts_of_one_person_are_no_pair(out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As `--attempts all` grades them: told by the person's number; who has none is somebody."""
    with Store.open(out) as store:
        digest = next(iter(store.kept_sources()))
        payload = store.get_sources(digest)
    assert payload is not None
    same = replace(PROVENANCE, submission_sha256=digest)
    people = {"ann": {"id": "1"}, "ann-attempt-1": {"id": "1"}, "bob": {"id": "2"}, "cat": {}, "dan": {"name": "Dan"}}
    stored(tmp_path, *(replace(graded(name, 100, who), provenance=same) for name, who in people.items()))
    with Store.open(tmp_path) as store:
        store.put_sources({digest: payload})
    assert run(["similar", str(tmp_path)]) == 0
    *lines, _ = capsys.readouterr().out.splitlines()
    pairs = {tuple(line.partition(":")[0].split(" and ")) for line in lines}
    assert pairs == set(itertools.combinations(people, 2)) - {("ann", "ann-attempt-1")}


def test_no_results_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder without results is refused."""
    assert run(["similar", str(tmp_path)]) == 2
    assert "holds no results" in capsys.readouterr().err


def test_programs_are_kept_small() -> None:
    """Only Python files of moderate size are kept. Larger ones are left out, and damaged data is refused when read."""
    files = {"net.py": b"x = 1\n" * 1000, "data.bin": b"\x00" * 10, "odd.py": b"\xff"}
    payload = packed(files)
    assert payload is not None
    assert len(payload) < 200
    assert unpacked(payload) == {"net.py": "x = 1\n" * 1000, "odd.py": "\ufffd"}
    assert packed({"data.bin": b"x"}) is None
    assert packed({"net.py": random.Random(0).randbytes(2 * MOST_BYTES)}) is None
    with pytest.raises(ValueError, match="incorrect header"):
        unpacked(b"damaged")
