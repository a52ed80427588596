"""A durably written file is whole at every moment."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from grader.errors import GraderFault
from grader.store import write_durably

ROOT = Path(__file__).parents[2]
WRITE_FOREVER = """
import sys
from pathlib import Path
from grader.store import write_durably
path = Path(sys.argv[1])
while True:
    for letter in (b"a", b"b"):
        write_durably(path, letter * 300_000)
        print(flush=True)
"""


def test_content_is_written_and_replaced(tmp_path: Path) -> None:
    """Content is written and replaced. Folders are made, and nothing else is left in them."""
    path = tmp_path / "deep" / "down" / "result.json"
    for content in (b"first", b"", b"second\x00"):
        write_durably(path, content)
        assert path.read_bytes() == content
    assert [entry.name for entry in path.parent.iterdir()] == ["result.json"]


def test_a_file_is_readable_as_other_files_are(tmp_path: Path) -> None:
    """A durable file has the usual permissions. So a colleague can read the grades."""
    (tmp_path / "usual").write_bytes(b"")
    write_durably(tmp_path / "durable", b"")
    assert (tmp_path / "durable").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_a_link_is_replaced_not_followed(tmp_path: Path) -> None:
    """A link is replaced, and its target not overwritten."""
    target = tmp_path / "precious"
    target.write_bytes(b"precious")
    link = tmp_path / "result.json"
    link.symlink_to(target)
    write_durably(link, b"new")
    assert target.read_bytes() == b"precious"
    assert not link.is_symlink()
    assert link.read_bytes() == b"new"


@pytest.mark.parametrize("name", ["x" * 255, "я" * 127, "😀" * 63])
def test_the_longest_names_work(tmp_path: Path, name: str) -> None:
    """Even the longest name leaves room for the temporary file."""
    write_durably(tmp_path / name, b"x")
    assert (tmp_path / name).read_bytes() == b"x"


def test_failing_leaves_nothing_behind(tmp_path: Path) -> None:
    """A failed write leaves no temporary file. One line says where, and the machine is to blame."""
    (tmp_path / "result.json").mkdir()
    with pytest.raises(GraderFault, match=r"cannot write .*result\.json: ") as error:
        write_durably(tmp_path / "result.json", b"x")
    assert "\n" not in str(error.value)
    assert [entry.name for entry in tmp_path.iterdir()] == ["result.json"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    """A path below what is no folder is a fault."""
    with pytest.raises(GraderFault, match="cannot write /dev/full/x"):
        write_durably(Path("/dev/full/x"), b"x")


def test_readers_and_sudden_death_never_meet_half_a_file(tmp_path: Path) -> None:
    """Readers never see half a file, even after sudden death.

    A process writes without pause, and is killed meanwhile.
    """
    path = tmp_path / "result.json"
    whole = {b"a" * 300_000, b"b" * 300_000}
    with subprocess.Popen(
        [sys.executable, "-c", WRITE_FOREVER, str(path)], cwd=ROOT, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        seen = set()
        for _ in range(20):
            process.stdout.readline()
            seen.add(path.read_bytes())
        os.kill(process.pid, signal.SIGKILL)
    assert seen <= whole
    assert path.read_bytes() in whole
    assert all(entry.name.endswith(".tmp") for entry in tmp_path.iterdir() if entry != path)


@pytest.mark.parametrize(("number", "way_out"), [(errno.ENOSPC, "free some space"), (errno.EACCES, "who may write")])
def test_what_helps_goes_by_the_cause(
    number: int, way_out: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk needs room; a place where one may not write needs none."""

    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("os.fsync", refuse)
    with pytest.raises(GraderFault, match=way_out):
        write_durably(tmp_path / "result.json", b"x")
    assert list(tmp_path.iterdir()) == []
