"""`--failed TEST` grades again whoever has not passed a test."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.cli import run
from grader.store import Store
from tests.testing.gradebook import NOBODY_S, handed_in, last_run
from tests.testing.runs import HONEST, run_all, setup_of
from tests.testing.runs import assignment as plain_assignment


@pytest.fixture
def submit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two submissions that failed and one that passed structure. Their results lie in `grades`."""
    monkeypatch.chdir(tmp_path)
    folder = handed_in(tmp_path / "submit", "alice", "bob")
    assert run(["submit", *NOBODY_S]) == 1
    with Store.open(Path("grades")) as store:
        run_all(setup_of(plain_assignment(), categories=("structure",)), HONEST, store=store)
    handed_in(folder, HONEST.name)
    return folder


def test_only_who_failed_it_is_in_the_run(submit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Only submissions that failed the test are graded. New ones are not, and the others keep their rows."""
    handed_in(submit, "newcomer")
    capsys.readouterr()
    assert run(["submit", *NOBODY_S, "--failed", "structure/loads", "--fresh"]) == 1
    out = capsys.readouterr().out
    assert "alice" in out
    assert "bob" in out
    assert HONEST.name not in out
    assert last_run(Path("grades")) == {"alice": "yes", "bob": "yes", HONEST.name: "no"}


def test_where_everybody_passed_there_is_nothing_to_do(submit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where everybody has passed, nothing is done. A message says so, and it is no failure."""
    capsys.readouterr()
    assert run([f"submit/{HONEST.name}.zip", *NOBODY_S, "--failed", "structure/loads"]) == 0
    assert "--failed structure/loads: everybody here has passed it" in capsys.readouterr().err


def test_a_test_that_is_none_and_a_folder_without_results(submit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An unknown test or an empty folder is refused. The message names what was meant, and nothing runs."""
    for options, said in (
        (["--failed", "structure/load"], "there is no test `structure/load`; did you mean `structure/loads`?"),
        (["--failed", "structure/loads", "--out", "elsewhere"], "elsewhere holds no results yet"),
    ):
        capsys.readouterr()
        assert run(["submit", *NOBODY_S, *options]) == 2
        assert said in capsys.readouterr().err
