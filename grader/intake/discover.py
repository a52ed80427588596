"""Discovery: from a command line's paths to submissions. A path is one submission, or a whole class."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from grader.errors import UsageError
from grader.intake.archive import read_archive
from grader.intake.contents import Contents, misnamed
from grader.intake.download import unpacked_class
from grader.intake.folder import (
    listing,
    locate,
    member_at,
    members_of,
    names_of,
    read_regular,
    real_path,
    type_at,
)
from grader.intake.formats import format_of, stem
from grader.intake.grouping import MAX_BATCH, is_one_submission
from grader.intake.layouts import Upload, recognise
from grader.intake.limits import IntakeLimits, Refused
from grader.intake.metadata import Metadata, read_metadata
from grader.intake.naming import shown, shown_list, unique_names
from grader.intake.notebook import read_notebook
from grader.intake.people import Attempts, Entry, entries_of, plain_entry
from grader.intake.placeholder import place_of_work
from grader.intake.selection import ENTRY_MODULE, collect, no_net, renames
from grader.intake.times import handed_in_at
from grader.model import Identity, Problem, Submission
from grader.reading import Reading
from grader.source.bounded import TooComplex, check_parsing, misplaced
from grader.source.contract import PACKAGE
from grader.source.package import near_miss

DEFAULT_LIMITS = IntakeLimits()
_MAX_NAME = 255
"""Maximum length of an entry's shown name. Names are shown whole, so that their owners find them."""


@dataclass(frozen=True)
class _Rules:
    """Settings shared by all paths; see `discover`."""

    limits: IntakeLimits
    skip: frozenset[Path]
    attempts: Attempts


def _with_entry_module(files: dict[str, bytes], names: Iterable[str]) -> Contents:
    if ENTRY_MODULE not in files:
        raise no_net(names)
    return Contents(files)


def _read_package(package: Path, limits: IntakeLimits) -> Contents:
    files = collect(members_of(package, limits), limits)
    return _with_entry_module(files, names_of(listing(package, limits.listed)))


def _read_file(path: Path, limits: IntakeLimits) -> Contents:
    kind = format_of(path.name)
    if kind is None and renames([path.name]):
        raise no_net([path.name])
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
    """Check that Python can parse `contents` within bounds.

    If not they are refused before more is spent on them; return them with their reading.
    """
    sources = {name: content for name, content in contents.files.items() if name.endswith(".py")}
    try:
        check_parsing(list(sources.values()))
    except TooComplex:
        raise Refused("intake/too-complex") from None
    if contents.reading.is_notebook:
        return contents
    try:
        found = misplaced(sources)
    except TooComplex:  # then nothing is known of what is missing but its name
        return contents
    names = tuple(near_miss(each, Reading()) for each in found)
    return Contents(contents.files, Reading(near_misses=(*misnamed(contents.files), *names)))


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
        submitted=entry.submitted,
        late=entry.late,
        attempt_of=shown(entry.attempt_of, _MAX_NAME),
    )
    return Submission(identity, contents.files, entry.origin, problem, contents.reading)


class _NothingToGrade(UsageError):
    """Raised for a folder without submissions.

    It was named on the command line; beside other paths it is somebody's work with a `problem`.
    """

    def __init__(self, message: str, problem: Problem) -> None:
        super().__init__(message)
        self.problem = problem


def _refuse_links(folder: Path, names: Iterable[str]) -> None:
    """Raise UsageError where an entry is a link. Its target may be another's work, and it is not known who made it."""
    links = [name for name in names if type_at(folder / name) == stat.S_IFLNK]
    if links:
        raise UsageError(
            f"{shown(str(folder))} holds links, which are not followed as a student could have made them: "
            f"{shown_list(links)}. Put what they lead to in their place, or name them one by one as paths to grade"
        )


def _batch(folder: Path, rules: _Rules) -> Iterator[Entry]:
    try:
        names = [entry.name for entry in listing(folder, MAX_BATCH) if folder / entry.name not in rules.skip]
    except Refused as refused:
        message = f"cannot list {shown(str(folder))}: check its permissions, and that it holds a class"
        raise _NothingToGrade(message, refused.problem) from None
    _refuse_links(folder, names)
    metadata = read_metadata(folder, names)
    entries = [name for name in names if name not in metadata.files]
    uploads = recognise(entries)
    people: dict[tuple[str, str], dict[str, Upload]] = {}
    for name, (platform, upload) in uploads.items():
        people.setdefault((platform, upload.owner), {})[name] = upload
    first_of = {next(iter(sorted(group))): group for group in people.values()}
    for name in entries:
        if name in first_of:
            yield from entries_of(folder, first_of[name], rules.attempts)
        elif name not in uploads and (work := place_of_work(folder / name, rules.limits)) is not None:
            entry = plain_entry(folder / name, known := metadata.of.get(name, Metadata()))
            beside = work != entry.path  # a placeholder, which has a time of its own
            yield replace(entry, path=work, submitted=known.submitted or handed_in_at(work)) if beside else entry


def _entries(path: Path, rules: _Rules, opened: ExitStack) -> list[Entry]:
    """Return the entries of one command-line path. A link is followed, as its user named it."""
    try:
        real = path.resolve(strict=True)
        is_folder = real.is_dir()
    except (OSError, ValueError, RuntimeError):
        raise UsageError(f"nothing readable at {shown(str(path))}: check the path") from None
    named = Path(os.path.abspath(path)).name  # noqa: PTH100 - "." and ".." go, links stay: their name is the user's choice
    if not is_folder:
        folder = unpacked_class(real, rules.limits, opened)
        if folder is None:
            return [Entry(stem(named), real)]
        return [replace(entry, packed_in=real) for entry in _batch(folder, rules)]
    if is_one_submission(real, rules.skip, rules.limits):
        return [Entry(named, real, submitted=handed_in_at(real))]
    found = list(_batch(real, rules))
    if not found:
        raise _NothingToGrade(
            f"nothing to grade in {shown(str(path))}: it holds neither {PACKAGE}/{ENTRY_MODULE} nor {ENTRY_MODULE}, "
            "nor any folder, archive or notebook",
            Problem("intake/empty"),
        )
    return found


def _all_entries(paths: Sequence[Path], rules: _Rules, opened: ExitStack) -> list[Entry]:
    """Return the entries of all paths, each once. Of several paths, one that holds nothing does not stop the others."""
    entries: dict[Path, Entry] = {}
    nothing: list[_NothingToGrade] = []
    for path in paths:
        try:
            found = _entries(path, rules, opened)
        except _NothingToGrade as error:
            nothing.append(error)
            found = [Entry(path.resolve().name, path.resolve(), problem=error.problem)]
        for entry in found:
            entries.setdefault(entry.origin, entry)
    if nothing and len(nothing) == len(paths):
        raise nothing[0]
    return list(entries.values())


def _refuse_downloads(paths: Sequence[Path], submissions: Sequence[Submission]) -> None:
    """Raise UsageError for a class not packed as zip. Its user can unpack it."""
    named = {path.resolve() for path in paths}
    for submission in submissions:
        if submission.origin in named and submission.problem and submission.problem.hint == "intake/bulk-download":
            name = shown(submission.origin.name)
            raise UsageError(f"{name} is a platform's download of a whole class: unpack it and name the folder")


def discover(
    paths: Sequence[Path],
    limits: IntakeLimits = DEFAULT_LIMITS,
    *,
    skip: Collection[Path] = (),
    attempts: Attempts = "latest",
) -> list[Submission]:
    """Read every submission that `paths` name into memory. Nothing is imported, executed or changed.

    A path is one submission (a folder with `student/net.py` or `net.py`, an archive, a notebook) or a folder of them,
    a batch, in which every entry but litter and the placeholders of an nbgrader course is one, and those of a learning
    platform's bulk download one per person. Such a download may also be named as the zip that it is.

    Args:
        paths: what the user named; one that is named twice counts once.
        limits: the bounds on each submission.
        skip: entries of a batch that are nobody's work, such as the folder for the results.
        attempts: which of a person's attempts are graded, where the platform keeps several.

    Returns:
        the submissions in the order of `paths`, within a batch by name. Names are safe as names of folders and differ.
        What cannot be taken has a `problem` and no files.

    Raises:
        UsageError: a path is missing, no path holds an entry, or what is meant by one cannot be told.
    """
    with ExitStack() as opened:
        rules = _Rules(limits, frozenset(map(real_path, skip)), attempts)
        entries = _all_entries(paths, rules, opened)
        names = unique_names(entry.name for entry in entries)
        submissions = [_submission(entry, name, limits) for entry, name in zip(entries, names, strict=True)]
    _refuse_downloads(paths, submissions)
    return submissions
