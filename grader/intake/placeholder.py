"""Placeholders in an nbgrader course. They stand for work that was handed in elsewhere, and are nobody's submission.

`grader export nbgrader` marks them with a file. A student can hand in such a file as well, so it decides nothing where
there is work: a placeholder's notebook has nothing of the assignment in it.
"""

from __future__ import annotations

import stat
from pathlib import Path

from grader.autograde import PLACEHOLDER_FILE
from grader.intake.folder import listing, package_in, read_regular, type_at
from grader.intake.formats import format_of
from grader.intake.limits import IntakeLimits, Refused
from grader.intake.notebook import NO_NAMES, read_notebook


def _is_placeholder(folder: Path, limits: IntakeLimits) -> bool:
    """Whether the folder of an assignment holds a placeholder and no work."""
    if type_at(folder) != stat.S_IFDIR or type_at(folder / PLACEHOLDER_FILE) != stat.S_IFREG or package_in(folder):
        return False
    try:
        found = [entry for entry in listing(folder, limits.listed) if format_of(entry.name)]
        if len(found) == 1 and format_of(found[0].name) == "notebook":
            read_notebook(read_regular(Path(found[0].path), limits.notebook_bytes + 1), limits)
    except Refused as refused:
        return refused.problem.hint == NO_NAMES
    return False


def place_of_work(folder: Path, limits: IntakeLimits) -> Path | None:
    """Return where somebody's work lies. None where their folder holds nothing but placeholders.

    Args:
        folder: theirs, with a folder for each assignment; or any other entry of a batch.
        limits: the bounds.

    Raises:
        UsageError: the disk fails.
    """
    if type_at(folder) != stat.S_IFDIR or package_in(folder):
        return folder
    try:
        inside = [Path(entry.path) for entry in listing(folder, limits.listed)]
    except Refused:
        return folder  # it is told where the work is read
    others = [path for path in inside if not _is_placeholder(path, limits)]
    if len(others) == len(inside) or len(others) > 1:
        return folder
    return others[0] if others else None
