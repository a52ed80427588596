"""Submissions in folders. The package is found and listed without following or opening anything but regular files."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import IO

from grader.errors import UsageError
from grader.intake.formats import format_of
from grader.intake.limits import IntakeLimits, Refused
from grader.intake.naming import shown
from grader.intake.selection import (
    ENTRY_MODULE,
    ENVIRONMENT_MARK,
    Member,
    Parts,
    check_depth,
    is_left_out,
    is_litter,
    no_net,
)
from grader.source.contract import PACKAGE

_REFUSED_BY_THE_SYSTEM = (errno.EACCES, errno.EPERM, errno.ENOENT, errno.ELOOP, errno.ENXIO, errno.ENAMETOOLONG)


def _not_readable(path: Path, error: OSError) -> Exception:
    """Return the exception for `error`.

    A submission that shuts us out is refused, a disk that fails is nobody's homework.
    """
    if error.errno in _REFUSED_BY_THE_SYSTEM:
        return Refused("intake/unreadable", file=path.name)
    return UsageError(f"cannot read {shown(str(path))}: {error.strerror}; check the disk and run again")


def real_path(path: Path) -> Path:
    """Resolve all links in `path`. Unlike `Path.resolve` it works also where they lead in a circle."""
    return Path(os.path.realpath(path))


def type_at(path: Path) -> int:
    """Return the file type at `path`.

    It is `stat.S_IFDIR` or another, links not followed; 0 where nothing lies there.
    """
    try:
        return stat.S_IFMT(path.lstat().st_mode)
    except (OSError, ValueError):
        return 0


@contextmanager
def open_regular(path: Path) -> Iterator[IO[bytes]]:
    """Open the regular file `path` for reading. It never waits on a FIFO and never follows a link.

    Raises:
        Refused: it is no regular file, or may not be read.
        UsageError: the disk fails.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):  # before `fdopen`, which fails on a folder
            os.close(descriptor)
            raise Refused("intake/special", file=path.name)
        with os.fdopen(descriptor, "rb") as file:
            yield file
    except OSError as error:
        raise _not_readable(path, error) from None


def read_regular(path: Path, most: int) -> bytes:
    """Read at most `most` bytes of a regular file.

    Raises:
        Refused: it is no regular file, or may not be read.
        UsageError: the disk fails.
    """
    with open_regular(path) as file:
        return file.read(min(most, os.fstat(file.fileno()).st_size))  # `read` reserves all it is asked for


def listing(folder: Path, most: int) -> list[os.DirEntry[str]]:
    """List the entries of `folder` by name, without litter.

    Raises:
        Refused: there are more than `most`, or it may not be read.
        UsageError: the disk fails.
    """
    try:
        with os.scandir(folder) as entries:
            found = list(islice(entries, most + 1))
    except OSError as error:
        raise _not_readable(folder, error) from None
    if len(found) > most:
        raise Refused("intake/too-many-files", limit=most)
    return sorted((entry for entry in found if not is_litter(entry.name)), key=lambda entry: entry.name)


def member_at(path: Path, parts: Parts) -> Member:
    """Describe the file at `path` as a member. `parts` is its path in the package; links are not followed.

    Raises:
        Refused: nothing does, or the system does not say what.
        UsageError: the disk fails.
    """
    try:
        status = path.lstat()
    except OSError as error:
        raise _not_readable(path, error) from None
    read = partial(read_regular, path)
    if stat.S_ISLNK(status.st_mode):
        return Member(parts, "link", 0, read)
    if stat.S_ISDIR(status.st_mode):
        return Member(parts, "folder", 0, read)
    return Member(parts, "file" if stat.S_ISREG(status.st_mode) else "special", status.st_size, read)


def members_of(package: Path, limits: IntakeLimits) -> Iterator[Member]:
    """Yield all members below the folder `package`. What lies in folders that are no part of the work is skipped.

    Raises:
        Refused: there are more than `limits.listed` entries, or one may not be read.
    """
    pending: list[Parts] = [()]
    left = limits.listed
    while pending:
        above = pending.pop()
        entries = listing(package.joinpath(*above), left)
        left -= len(entries)
        if above and any(entry.name == ENVIRONMENT_MARK for entry in entries):
            continue
        for entry in entries:
            if is_left_out(entry.name):
                continue
            member = member_at(Path(entry.path), (*above, entry.name))
            if member.kind == "folder":
                check_depth(member.parts)
                pending.append(member.parts)
            yield member


def package_in(folder: Path) -> Path | None:
    """Return the folder that holds `net.py`. It is `folder/student`, else `folder` itself, else None."""
    for package in (folder / PACKAGE, folder):
        if os.path.lexists(package / ENTRY_MODULE):
            return package
    return None


def _places_in(folder: Path, entries: list[os.DirEntry[str]]) -> list[Path]:
    package = package_in(folder)
    if package:
        return [package]
    return [Path(entry.path) for entry in entries if format_of(entry.name) and not entry.is_dir(follow_symlinks=False)]


def names_of(entries: Iterable[os.DirEntry[str]]) -> list[str]:
    """Return the names of `entries`. Those of folders end in "/"."""
    return [f"{entry.name}/" if entry.is_dir(follow_symlinks=False) else entry.name for entry in entries]


def _names(entries: list[os.DirEntry[str]], limits: IntakeLimits) -> list[str]:
    """List the names in somebody's folder. In place of a folder `student` it has what that holds."""
    names: list[str] = []
    for entry, name in zip(entries, names_of(entries), strict=True):
        inside = names_of(listing(Path(entry.path), limits.listed)) if name.casefold() == f"{PACKAGE}/" else []
        names += [f"{name}{each}" for each in inside] or [name]
    return names


def locate(folder: Path, limits: IntakeLimits) -> Path:
    """Find the submission in somebody's `folder`. It is a package's folder, an archive or a notebook.

    Looked at are the folder and, where it holds none, those directly in it: many archives unpack to one more folder.

    Raises:
        Refused: there is none, there are several, or the way leads over a link.
    """
    entries = listing(folder, limits.listed)
    found = _places_in(folder, entries)
    if not found:
        inner = [Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)]
        found = [place for inside in inner for place in _places_in(inside, listing(inside, limits.listed))]
    if not entries:
        raise Refused("intake/empty")
    if not found:
        raise no_net(_names(entries, limits))
    if len(found) > 1:
        raise Refused("intake/several", found=[str(place.relative_to(folder)) for place in found])
    if found[0].is_symlink():
        raise Refused("intake/link", file=found[0].name)
    return found[0]
