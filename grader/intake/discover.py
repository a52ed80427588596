"""From the paths of a command line to submissions: one path, one folder, or a whole class."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from grader.errors import UsageError
from grader.intake.archive import read_archive
from grader.intake.contents import Contents, near_miss
from grader.intake.folder import (
    listing,
    locate,
    member_at,
    members_of,
    names_of,
    package_in,
    read_regular,
    real_path,
    type_at,
)
from grader.intake.formats import format_of, stem
from grader.intake.layouts import Upload, recognise
from grader.intake.limits import IntakeLimits, Refused
from grader.intake.naming import shown, unique_names
from grader.intake.notebook import read_notebook
from grader.intake.people import Entry, personal_entry, plain_entry
from grader.intake.rosters import read_roster
from grader.intake.selection import ENTRY_MODULE, collect, no_net
from grader.model import Identity, Problem, Submission
from grader.reading import Reading
from grader.source.bounded import TooComplex, count_literals, misplaced
from grader.source.contract import MODULES, PACKAGE

DEFAULT_LIMITS = IntakeLimits()
_MAX_BATCH = 1_000_000
"""Entries of a batch; a folder of more is no class."""
_MAX_NAME = 255
"""Of an entry, which is shown whole: it is how its owner finds it."""


def _with_entry_module(files: dict[str, bytes], names: Iterable[str]) -> Contents:
    if ENTRY_MODULE not in files:
        raise no_net(names)
    return Contents(files)


def _read_package(package: Path, limits: IntakeLimits) -> Contents:
    files = collect(members_of(package, limits), limits)
    return _with_entry_module(files, names_of(listing(package, limits.listed)))


def _read_file(path: Path, limits: IntakeLimits) -> Contents:
    kind = format_of(path.name)
    if kind is None:
        raise Refused("intake/unknown-file", file=path.name)
    if kind == "notebook":
        return read_notebook(read_regular(path, limits.notebook_bytes + 1), limits)
    return read_archive(read_regular(path, limits.archive_bytes + 1), kind, limits)


def _read_path(path: Path, limits: IntakeLimits) -> Contents:
    mode = type_at(path)
    if mode == stat.S_IFLNK:
        raise Refused("intake/link", file=path.name)
    if mode == stat.S_IFREG:
        return _read_file(path, limits)
    if mode != stat.S_IFDIR:
        raise Refused("intake/special", file=path.name)
    place = locate(path, limits)
    return _read_package(place, limits) if type_at(place) == stat.S_IFDIR else _read_file(place, limits)


def _read(entry: Entry, limits: IntakeLimits) -> Contents:
    if not entry.modules:
        return _read_path(entry.path, limits)
    members = (member_at(path, (name,)) for name, path in entry.modules.items())
    return _with_entry_module(collect(members, limits), entry.modules)


def _checked(contents: Contents) -> Contents:
    """`contents` with their reading; what Python cannot parse within bounds is refused before more is spent on it."""
    sources = {name: content for name, content in contents.files.items() if name.endswith(".py")}
    try:
        count_literals(list(sources.values()))
    except TooComplex:
        raise Refused("intake/too-complex") from None
    if contents.reading.is_notebook:
        return contents
    try:
        found = misplaced(sources)
    except TooComplex:  # then nothing is known of what is missing but its name
        return contents
    return Contents(contents.files, Reading(near_misses=tuple(near_miss(each, Reading()) for each in found)))


def _submission(entry: Entry, name: str, limits: IntakeLimits) -> Submission:
    contents = Contents({})
    problem = entry.problem
    try:
        if problem is None:
            contents = _checked(_read(entry, limits))
    except Refused as refused:
        problem = refused.problem
    identity = Identity(
        name,
        student={key: shown(text) for key, text in entry.student.items()},
        entry=shown(entry.path.name, _MAX_NAME),
        earlier_attempts=tuple(shown(attempt, _MAX_NAME) for attempt in entry.earlier),
    )
    return Submission(identity, contents.files, entry.path, problem, contents.reading)


class _NothingToGrade(UsageError):
    """A folder on the command line without submissions: beside other paths, somebody's work with a `problem`."""

    def __init__(self, message: str, problem: Problem) -> None:
        super().__init__(message)
        self.problem = problem


def _batch(folder: Path, skip: Collection[Path]) -> Iterator[Entry]:
    try:
        names = [entry.name for entry in listing(folder, _MAX_BATCH) if folder / entry.name not in skip]
    except Refused as refused:
        message = f"cannot list {shown(str(folder))}: check its permissions, and that it holds a class"
        raise _NothingToGrade(message, refused.problem) from None
    roster = read_roster(folder, names)
    entries = [name for name in names if name not in roster.records]
    uploads = recognise(entries)
    people: dict[tuple[str, str], dict[str, Upload]] = {}
    for name, (platform, upload) in uploads.items():
        people.setdefault((platform, upload.owner), {})[name] = upload
    first_of = {next(iter(sorted(group))): group for group in people.values()}
    for name in entries:
        if name in first_of:
            yield personal_entry(folder, first_of[name])
        elif name not in uploads:
            yield plain_entry(folder / name, roster.students.get(name, {}))


def _lacks_net_alone(folder: Path) -> bool:
    """Whether `folder` is one submission without its `net.py`: other modules of the contract, nothing to grade beside.

    Taken for a batch, each of its modules would be graded as a person's work.
    """
    others = [f"{module}.py" for module in MODULES if f"{module}.py" != ENTRY_MODULE]
    packages = (folder, folder / PACKAGE)
    if not any(type_at(package / name) == stat.S_IFREG for package in packages for name in others):
        return False
    try:
        entries = listing(folder, _MAX_BATCH)
    except Refused:
        return False
    return not any(format_of(entry.name) or package_in(folder / entry.name) for entry in entries)


def is_one_submission(folder: Path) -> bool:
    """Whether `folder` is one submission; every other folder is a batch."""
    return package_in(folder) is not None or _lacks_net_alone(folder)


def _entries(path: Path, skip: Collection[Path]) -> list[Entry]:
    """The entries that one path of the command line stands for; a link is followed, as its user named it."""
    try:
        real = path.resolve(strict=True)
        is_folder = real.is_dir()
    except (OSError, ValueError, RuntimeError):
        raise UsageError(f"there is nothing readable at {shown(str(path))}: check the path") from None
    named = Path(os.path.abspath(path)).name  # noqa: PTH100 - "." and ".." go, links stay: their name is the user's choice
    if not is_folder:
        return [Entry(stem(named), real)]
    if is_one_submission(real):
        return [Entry(named, real)]
    found = list(_batch(real, skip))
    if not found:
        raise _NothingToGrade(
            f"nothing to grade in {shown(str(path))}: it holds neither {PACKAGE}/{ENTRY_MODULE} nor {ENTRY_MODULE}, "
            "nor any folder, archive or notebook",
            Problem("intake/empty"),
        )
    return found


def _all_entries(paths: Sequence[Path], skip: Collection[Path]) -> list[Entry]:
    """The entries of all paths, each once. Of several paths, one that holds nothing does not stop the others."""
    entries: dict[Path, Entry] = {}
    nothing: list[_NothingToGrade] = []
    for path in paths:
        try:
            found = _entries(path, skip)
        except _NothingToGrade as error:
            nothing.append(error)
            found = [Entry(path.resolve().name, path.resolve(), problem=error.problem)]
        for entry in found:
            entries.setdefault(entry.path, entry)
    if nothing and len(nothing) == len(paths):
        raise nothing[0]
    return list(entries.values())


def _refuse_downloads(paths: Sequence[Path], submissions: Sequence[Submission]) -> None:
    """Raise UsageError where a path is a whole class still packed: its user can unpack it, and no student can."""
    named = {path.resolve() for path in paths}
    for submission in submissions:
        if submission.origin in named and submission.problem and submission.problem.hint == "intake/bulk-download":
            name = shown(submission.origin.name)
            raise UsageError(f"{name} is a platform's download of a whole class: unpack it and name the folder")


def discover(
    paths: Sequence[Path], limits: IntakeLimits = DEFAULT_LIMITS, *, skip: Collection[Path] = ()
) -> list[Submission]:
    """Read every submission that `paths` name into memory; nothing is imported, executed or written.

    A path is one submission (a folder with `student/net.py` or `net.py`, an archive, a notebook) or a folder of them,
    a batch, in which every entry but litter is one, and those of a learning platform's bulk download one per person.

    Args:
        paths: what the user named; one that is named twice counts once.
        limits: the bounds on each submission.
        skip: entries of a batch that are nobody's work, such as the folder for the results.

    Returns:
        the submissions in the order of `paths`, within a batch by name. Names are safe as names of folders and differ.
        What cannot be taken has a `problem` and no files.

    Raises:
        UsageError: a path is missing, is a download that is still packed, or no path holds an entry.
    """
    entries = _all_entries(paths, frozenset(map(real_path, skip)))
    names = unique_names(entry.name for entry in entries)
    submissions = [_submission(entry, name, limits) for entry, name in zip(entries, names, strict=True)]
    _refuse_downloads(paths, submissions)
    return submissions
