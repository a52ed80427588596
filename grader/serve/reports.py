"""The report files of an output folder. No others may be asked for over HTTP.

A request names at most a submission and a file. Both are compared with what there is, never put together to a path that
is then looked at. Links are not followed, at no place of the way.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from grader.i18n import LANGUAGES
from grader.output import TRIAL
from grader.report.registry import IN_EVERY_LANGUAGE, OF_A_BATCH, OF_A_SUBMISSION

OF_ALL = frozenset(
    {*OF_A_BATCH, "missing.csv", "similar.html", *(f"similar.{language}.html" for language in LANGUAGES)}
)
"""Files about the class. Its page is not among them: it is made anew for each who asks, in every language."""

OF_ONE = frozenset(
    {*OF_A_SUBMISSION, *(name.format(language=language) for name in IN_EVERY_LANGUAGE for language in LANGUAGES)}
)
"""Files in the folder of each submission. The folder of its trial has them too."""

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".csv": "text/csv; charset=utf-8",
    ".md": "text/plain; charset=utf-8",
}


def is_report(parts: Sequence[str], submissions: frozenset[str]) -> bool:
    """Whether the parts of a path name a report. The path is below an output folder.

    Args:
        parts: of the path, decoded.
        submissions: the names of all that were graded.
    """
    if len(parts) == 1:
        return parts[0] in OF_ALL
    submission, *between, file = parts or ("", "")
    is_folder = submission in submissions and "/" not in submission and not submission.startswith(".")
    return bool(submission) and is_folder and between in ([], [TRIAL]) and file in OF_ONE


def _opened(out: Path, parts: Sequence[str]) -> int:
    """Open a file without following links on the way. Return its descriptor."""
    folder = os.open(out, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in parts[:-1]:
            below = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
            os.close(folder)
            folder = below
        # non-blocking: opening a pipe would wait for its writer
        return os.open(parts[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    finally:
        os.close(folder)


def read_report(out: Path, parts: Sequence[str]) -> bytes | None:
    """Return a report's content. None where there is no such file.

    Args:
        out: the output folder.
        parts: of its path, for which `is_report` holds.
    """
    try:
        descriptor = _opened(out, parts)
    except OSError:
        return None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return None
    with os.fdopen(descriptor, "rb") as file:
        return file.read()
