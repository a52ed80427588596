"""A platform's zip of a class is read as it is. No name that a student gave keeps the others from being graded."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from grader.intake import discover
from grader.model import Submission

NET = "from torch import nn\n"
OWN = "Mallory_99_assignsubmission_file_"
LONG = "ж" * 250  # as many letters as platforms take, and twice as many bytes as a disk does


def read(folder: Path, *members: tuple[str, str]) -> Submission:
    """Read a class of three with these files of Mallory's. Return what comes of hers."""
    with zipfile.ZipFile(folder / "class.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in (1, 2):
            archive.writestr(f"Ann_{number}_assignsubmission_file_/net.py", NET)
        for name, content in members:
            archive.writestr(f"{OWN}/{name}", content)
    *others, mallory = discover([folder / "class.zip"])
    assert [(one.name, one.problem, sorted(one.files)) for one in others] == [
        ("Ann_1", None, ["net.py"]),
        ("Ann_2", None, ["net.py"]),
    ]
    assert mallory.name == "Mallory_99"
    return mallory


TAKEN = {
    "a figure of a long name": [("net.py", NET), (f"{LONG}.png", "x")],
    "a folder of a long name": [(f"{LONG}/net.py", NET)],
    "a file called as a folder": [("x", ""), ("x/net.py", NET)],
    "a folder called as a file": [("x/net.py", NET), ("x", "")],
    "two figures of one name": [("net.py", NET), ("x.png", "1"), ("x.png", "2")],
    "a huge figure": [("net.py", NET), ("x.png", "\0" * 45_000_000)],
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("members", TAKEN.values(), ids=TAKEN)
def test_strange_names_cost_nobody_anything(members: list[tuple[str, str]], tmp_path: Path) -> None:
    """What stands beside the modules may be called as it likes."""
    mallory = read(tmp_path, *members)
    assert mallory.problem is None
    assert mallory.files == {"net.py": NET.encode()}


REFUSED = {
    "a module of a long name": ([("net.py", NET), (f"{LONG}.py", NET)], "intake/long-name"),
    "an archive of a long name": ([(f"{LONG}.tar.gz", "x")], "intake/archive-broken"),
    "net.py is a folder as well": ([("net.py", NET), ("net.py/x.py", NET)], "intake/net-is-folder"),
}


@pytest.mark.parametrize(("members", "hint"), REFUSED.values(), ids=REFUSED)
def test_strange_names_are_told_to_their_author(members: list[tuple[str, str]], hint: str, tmp_path: Path) -> None:
    """Where the work itself has such a name its author is told, and nobody else."""
    problem = read(tmp_path, *members).problem
    assert problem is not None
    assert problem.hint == hint


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_one_name_are_both_read(tmp_path: Path) -> None:
    """Two modules of one name are both there. Neither takes the other's place unseen."""
    mallory = read(tmp_path, ("net.py", NET), ("net.py", "1"), ("net.py", "2"))
    assert len(mallory.files) == 3
    assert mallory.files["net.py"] == NET.encode()
