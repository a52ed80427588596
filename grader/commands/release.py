"""`grader release`: writes what students and courses receive, and compares it with what is committed."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from pathlib import Path

from grader.commands.base import Ending
from grader.errors import UsageError
from grader.telling import say

DESCRIPTION = "Write the repository that students receive, made from solutions/."
_EXTRA = " (not written by the release)"
_NOT_OURS = ("__pycache__", ".pytest_cache", ".ipynb_checkpoints", "data")


def add_arguments(parser: ArgumentParser) -> None:
    """Declare where to write, or what to compare."""
    add = parser.add_argument
    add("folder", nargs="?", type=Path, metavar="DIR", help="an empty or new folder")
    add("--check", action="store_true", help="compare the committed student/ with what would be written")
    add("--update", action="store_true", help="write student/ of this checkout anew")
    add("--nbgrader", action="store_true", help="write DIR as an nbgrader course, solutions included")


def _differences(folder: Path, wanted: Mapping[str, bytes]) -> list[str]:
    """What in `folder` is not as `wanted` says. Caches and what git ignores anyway do not count."""
    present = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and not any(part in _NOT_OURS for part in path.relative_to(folder).parts)
    }
    changed = [name for name in sorted(wanted) if name in present and (folder / name).read_bytes() != wanted[name]]
    missing = [f"{name} (missing)" for name in sorted(set(wanted) - present)]
    extra = [f"{name}{_EXTRA}" for name in sorted(present - set(wanted))]
    return changed + missing + extra


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    from grader.store import write_durably

    for name, content in files.items():
        write_durably(folder / name, content)


def _refuse_leaks(solutions: Path, files: Mapping[str, bytes]) -> None:
    from grader.release.repository import leaks

    found = leaks(solutions, files)
    if found:
        raise UsageError(f"nothing was written: the release would give away {len(found)} things, first {found[0]}")


def _refuse_folder_in_use(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not an empty folder: name a new one")


def _stale_files(folder: Path, wanted: Mapping[str, bytes]) -> list[str]:
    return [name.removesuffix(_EXTRA) for name in _differences(folder, wanted) if name.endswith(_EXTRA)]


def _write_course(solutions: Path, folder: Path) -> Ending:
    from grader.release.course import nbgrader_course

    _refuse_folder_in_use(folder)
    files = nbgrader_course(solutions)
    _write(folder, files)
    say(f"{len(files)} files written to {folder}; next: cd {folder} && nbgrader generate_assignment perceptron_en")
    return Ending.PASSED


def _write_repository(solutions: Path, folder: Path) -> Ending:
    from grader.release.repository import repository

    _refuse_folder_in_use(folder)
    files = repository(solutions)
    _refuse_leaks(solutions, files)
    _write(folder, files)
    say(f"{len(files)} files written to {folder}; next: cd {folder} && git init && pytest student")
    return Ending.PASSED


def _check(committed: Path, wanted: Mapping[str, bytes]) -> Ending:
    stale = _differences(committed, wanted)
    for name in stale:
        say(f"student/{name}")
    say("student/ is current" if not stale else "student/ is stale: run `grader release --update`")
    return Ending.FAILED if stale else Ending.PASSED


def _update(committed: Path, wanted: Mapping[str, bytes]) -> Ending:
    for name in _stale_files(committed, wanted):
        (committed / name).unlink()
    _write(committed, wanted)
    say(f"{len(wanted)} files written to {committed}")
    return Ending.PASSED


def run(arguments: Namespace) -> Ending:
    """Write a folder, or compare or update the committed one.

    Raises:
        UsageError: it is not said which, the folder is in use, or a solution would be given away.
    """
    from grader.release.repository import find_solutions, student_folder

    folder: Path | None = arguments.folder
    if sum((folder is not None, arguments.check, arguments.update)) != 1 or (arguments.nbgrader and folder is None):
        raise UsageError("name a folder to write to, or --check, or --update (`grader release --help`)")
    solutions = find_solutions()
    if folder is not None:
        return (_write_course if arguments.nbgrader else _write_repository)(solutions, folder)
    wanted = student_folder(solutions)
    _refuse_leaks(solutions, wanted)
    return (_check if arguments.check else _update)(solutions.parent / "student", wanted)
