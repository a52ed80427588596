"""Tests of opening folders that a stranger may have made.

Links are not followed, and the folder can be emptied afterwards.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from grader.linux.folders import enter


def mode(path: Path) -> int:
    """Permission bits of a path, with the three special ones."""
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("taken", [0o000, 0o500, 0o055])
def test_permissions_that_were_taken_away_come_back(tmp_path: Path, taken: int) -> None:
    """A folder can be listed and written again. Its owner may have taken any permissions away."""
    folder = tmp_path / "closed"
    folder.mkdir()
    (folder / "file").touch()
    folder.chmod(taken)
    opened = enter(str(folder))
    assert [entry.name for entry in os.scandir(opened)] == ["file"]
    os.unlink("file", dir_fd=opened)
    os.close(opened)
    assert mode(folder) == 0o700


@pytest.mark.parametrize(("alone", "after"), [(False, 0o1777), (True, 0o700)])
def test_others_lose_theirs_only_where_that_is_asked_for(tmp_path: Path, alone: bool, after: int) -> None:
    """Others lose their permissions only where that is asked for.

    A sandbox's place for temporary files stays open to all; what root removes must be nobody's to change.
    """
    tmp_path.chmod(0o1777)
    os.close(enter(str(tmp_path), alone=alone))
    assert mode(tmp_path) == after


def test_no_link_is_followed(tmp_path: Path) -> None:
    """No link is followed. A link to a directory is refused, and its target keeps its permissions."""
    precious = tmp_path / "precious"
    precious.mkdir(mode=0o750)
    (tmp_path / "link").symlink_to(precious)
    with pytest.raises(NotADirectoryError):
        enter(str(tmp_path / "link"), alone=True)
    assert mode(precious) == 0o750
