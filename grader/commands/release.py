"""`grader release`: writes what students and courses receive. It also compares that with what is committed."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from grader.commands import options
from grader.commands.assigned import add_assignment, named
from grader.commands.base import Ending
from grader.errors import UsageError
from grader.i18n import LANGUAGES
from grader.telling import say

if TYPE_CHECKING:
    from grader.assignment import AssignmentFile

DESCRIPTION = "Write the repository that students receive, made from solutions/."
_EXTRA = " (not written by the release)"
_NOT_OURS = ("__pycache__", ".pytest_cache", ".ipynb_checkpoints", "data")


def add_arguments(parser: ArgumentParser) -> None:
    """Declare where to write, or what to compare."""
    add = parser.add_argument
    add("folder", nargs="?", type=options.path, metavar="DIR", help="an empty or new folder")
    add("--check", action="store_true", help="compare the committed student/ with what would be written")
    add("--update", action="store_true", help="write student/ of this checkout anew")
    add(
        "--lang",
        choices=LANGUAGES,
        default="",
        help="write all that students read in this language (default: modules in English, the rest in both)",
    )
    add_assignment(parser)
    add("--nbgrader", action="store_true", help="write DIR as an nbgrader course, solutions included")
    add("--instructor", action="store_true", help="write DIR as a private repository that grades all students'")
    add("--classroom50", action="store_true", help="write DIR as an autograder of Classroom 50")
    add(
        "--grader",
        default="",
        metavar="SOURCE",
        help="what workflows install: a requirement, an address, docker://IMAGE (default: the variable GRADER_SOURCE)",
    )
    add(
        "--repository",
        default="",
        metavar="OWNER/REPO",
        help="where DIR will be on GitHub: the chapters and the README get a link that opens them in Colab",
    )


def _differences(folder: Path, wanted: Mapping[str, bytes]) -> list[str]:
    """List the files in `folder` that differ from `wanted`. Caches and what git ignores anyway do not count."""
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


def _write_course(folder: Path, source: str, given: AssignmentFile | None) -> Ending:  # noqa: ARG001 - a course has its own machine
    from grader.release.course import nbgrader_course
    from grader.release.repository import find_solutions

    _refuse_folder_in_use(folder)
    files = nbgrader_course(find_solutions(), given)
    _write(folder, files)
    say(f"{len(files)} files written to {folder}; next: cd {folder} && nbgrader generate_assignment homework_en")
    return Ending.PASSED


def _write_repository(
    folder: Path, source: str, given: AssignmentFile | None, *, language: str = "", name: str = ""
) -> Ending:
    from grader.release.repository import find_solutions, repository

    _refuse_folder_in_use(folder)
    solutions = find_solutions()
    files = repository(solutions, source, language=language, name=name, given=given)
    _refuse_leaks(solutions, files)
    _write(folder, files)
    say(f"{len(files)} files written to {folder}; next: cd {folder} && git init && pytest student")
    if not source:
        say("its workflow needs the Actions variable GRADER_SOURCE: the grader to install (or --grader SOURCE)")
    return Ending.PASSED


def _write_instructor(folder: Path, source: str, given: AssignmentFile | None) -> Ending:
    from grader.release.automation import instructor_repository

    _refuse_folder_in_use(folder)
    files = instructor_repository(source, given)
    _write(folder, files)
    say(f"{len(files)} files written to {folder}; next: push it to a private repository, and read its README.md")
    return Ending.PASSED


def _write_classroom50(folder: Path, source: str, given: AssignmentFile | None) -> Ending:
    from grader.release.automation import classroom50_bundle

    _refuse_folder_in_use(folder)
    files = classroom50_bundle(source, given)
    _write(folder, files)
    say(
        f"{', '.join(files)} written to {folder}; next: copy it to CLASSROOM/autograders/ASSIGNMENT/ of the config repo"
    )
    if not source:
        say("put a wheel of the grader beside it, or write into SOURCE what is to be installed (or --grader SOURCE)")
    return Ending.PASSED


_WRITERS = {
    "nbgrader": _write_course,
    "instructor": _write_instructor,
    "classroom50": _write_classroom50,
}
"""Writers of other kinds of DIR, by option. Without one of these options DIR is the students' repository."""


def _writer(arguments: Namespace) -> Callable[[Path, str, AssignmentFile | None], Ending]:
    chosen = [name for name in _WRITERS if getattr(arguments, name)]
    if len(chosen) > 1:
        raise UsageError(f"--{' and --'.join(chosen)} write different things: name one of them")
    return _WRITERS[chosen[0]] if chosen else _write_repository


def _check(committed: Path, wanted: Mapping[str, bytes]) -> Ending:
    from grader.release.repository import find_solutions, without_translation

    stale, english = _differences(committed, wanted), without_translation(find_solutions())
    for name in stale:
        say(f"student/{name}")
    for text in english:
        say(text)
    say("student/ is current" if not stale else "student/ is stale: run `grader release --update`")
    return Ending.FAILED if stale or english else Ending.PASSED


def _update(committed: Path, wanted: Mapping[str, bytes]) -> Ending:
    for name in _stale_files(committed, wanted):
        (committed / name).unlink()
    _write(committed, wanted)
    say(f"{len(wanted)} files written to {committed}")
    return Ending.PASSED


def run(arguments: Namespace) -> Ending:
    """Write a folder, or compare or update `student/`.

    Raises:
        UsageError: it is not said which, the folder is in use, or a solution would be given away.
    """
    from grader.release.repository import checkout, student_folder

    folder: Path | None = arguments.folder
    write = _writer(arguments)
    if sum((folder is not None, arguments.check, arguments.update)) != 1 or (
        write is not _write_repository and folder is None
    ):
        raise UsageError("name a folder to write to, or --check, or --update (`grader release --help`)")
    for option in ("lang", "repository"):
        if getattr(arguments, option) and (folder is None or write is not _write_repository):
            raise UsageError(f"--{option} goes with a folder for the students' repository alone: leave it out here")
    if folder is None and arguments.assignment is not None:
        raise UsageError("student/ is made of the grader's own assignment.toml: leave --assignment out here")
    if folder is not None and write is _write_repository:
        return _write_repository(
            folder, arguments.grader, named(arguments), language=arguments.lang, name=arguments.repository
        )
    if folder is not None:
        return write(folder, arguments.grader, named(arguments))
    root = checkout()
    solutions = root / "solutions"
    wanted = student_folder(solutions)
    _refuse_leaks(solutions, wanted)
    return (_check if arguments.check else _update)(root / "student", wanted)
