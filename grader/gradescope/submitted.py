"""Selection of the submission among uploaded files."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from grader.errors import UsageError
from grader.intake import discover, is_one_submission, package_in
from grader.intake.formats import format_of
from grader.report.escape import first_few, one_line

_ENTRY = "net.py"
_MOST_NAMES = 5


class Unclear(Exception):
    """Raised where it is unclear what to grade. It holds a message of the autograder, and its data."""

    def __init__(self, hint: str, **data: object) -> None:
        super().__init__(hint)
        self.hint: str = hint
        self.data: Mapping[str, object] = data


def _several(names: Iterable[str]) -> Unclear:
    listed = [one_line(name) for name in sorted(names)]
    return Unclear("several", names=first_few(listed, _MOST_NAMES))


def _loose(folder: Path, stage: Path) -> Path:
    """Return a folder with the loose modules of `folder`.

    Notebooks and archives beside them are left out, for the modules go first.

    Raises:
        Unclear: there are other submissions beside them.
    """
    beside = [path.name for path in folder.iterdir() if path.is_file() and format_of(path.name) is not None]
    if beside:
        try:
            shutil.copytree(folder, stage, symlinks=True, ignore=lambda at, _: beside if Path(at) == folder else [])
        except OSError as error:  # as shutil.Error is, also where something is neither a file nor a folder
            raise UsageError(f"the upload cannot be copied: {one_line(str(error))}") from None
        folder = stage
    try:
        if is_one_submission(folder):
            return folder
    except UsageError:
        pass
    raise _several(path.name for path in folder.iterdir())


def submitted(folder: Path, stage: Path) -> Path:
    """Return the path to grade in somebody's upload.

    It may hold the modules, a folder, an archive or a notebook, and beside it what is none of these, such as notes. Of
    modules and a notebook the modules count: they are what the assignment asks for.

    Args:
        folder: of the upload.
        stage: where a copy may be made of a part of it; not there yet.

    Raises:
        Unclear: there is nothing, or more than one thing that can be graded.
    """
    folder = folder.resolve()
    package = package_in(folder) if folder.is_dir() else None
    if package == folder:
        return _loose(folder, stage)
    if package is not None:
        if (folder / _ENTRY).exists():
            raise _several([f"{package.name}/", _ENTRY])
        return package
    try:
        found = discover([folder])
    except UsageError:
        raise Unclear("nothing") from None
    usable = [one for one in found if one.problem is None]
    if len(usable) > 1:
        raise _several(one.identity.entry for one in usable)
    return (usable or found)[0].origin
