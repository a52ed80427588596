"""The shards of a batch together are the batch. It doesn't matter who grades which; an empty one is no error."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.cli import run
from grader.model import Identity, Submission
from grader.sharding import Shard
from grader.store import FOLDER


def batch(n: int) -> list[Submission]:
    """Make submissions in another order than that of their names."""
    return [Submission(Identity(f"s{number}"), {}, Path(f"s{number}")) for number in range(n, 0, -1)]


@pytest.mark.parametrize(("n", "count"), [(10, 3), (10, 1), (3, 8), (0, 2), (16, 16)])
def test_each_submission_is_in_one_shard(n: int, count: int) -> None:
    """Each submission is in exactly one shard. No shard has two more than another."""
    shards = [Shard(number, count).of(batch(n)) for number in range(1, count + 1)]
    assert sorted(one.name for shard in shards for one in shard) == sorted(one.name for one in batch(n))
    assert max(map(len, shards)) - min(map(len, shards)) <= 1


def test_a_shard_is_the_same_whatever_order_a_folder_is_read_in() -> None:
    """Only names decide the shard of a submission."""
    assert Shard(2, 3).of(batch(10)) == Shard(2, 3).of(batch(10)[::-1])


@pytest.mark.parametrize("text", ["0/4", "5/4", "1", "1/0", "/", "1/x", "-1/4", "1/4/2", "1.5/4", ""])
def test_what_is_no_part_is_told(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A malformed shard is refused in one line. It shows an example, and nothing is graded."""
    assert run([".", f"--shard={text}"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "I/N" in line
    assert "2/8" in line


def test_parts_are_graded_and_joined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Three shards are graded and merged to the class. The last one is empty and passes."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    for name in ("anna", "boris"):
        (tmp_path / "batch" / name).mkdir(parents=True)
        (tmp_path / "batch" / name / "notes.txt").touch()
    codes, outs = [], [str(tmp_path / f"grades-{number}") for number in (1, 2, 3)]
    for number, out in enumerate(outs, 1):
        options = ["--dataset", "digits", "--sandbox", "none", "--shard", f"{number}/3", "--out", out]
        codes.append(run([str(tmp_path / "batch"), *options]))
    assert codes == [1, 1, 0]
    assert "--shard 3/3: there are fewer submissions than shards" in capsys.readouterr().err.splitlines()[-1]
    assert (tmp_path / "grades-3" / FOLDER).is_dir()
    graded = [sorted(path.name for path in Path(out).iterdir() if path.is_dir()) for out in outs]
    assert graded == [[FOLDER, "anna"], [FOLDER, "boris"], [FOLDER]]
    assert run(["merge", *outs, "-o", str(tmp_path / "all")]) == 1
    assert sorted(path.parent.name for path in (tmp_path / "all").glob("*/result.json")) == ["anna", "boris"]
