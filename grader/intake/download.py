"""Unpacking of a platform's download of a class. It is written out as the folder that it packs, within bounds.

Only what may be read is written, and only as far as it is read: a figure becomes an empty file, whose name may be all
that somebody handed in. Links and special files become links that lead nowhere, so that they are told to whoever
handed them in. What is packed inside stays packed, and is met as any archive is.
"""

from __future__ import annotations

import os
import stat
import tempfile
import zlib
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from grader.errors import UsageError
from grader.intake.archive import check_expansion, class_in, zip_members
from grader.intake.folder import open_regular, type_at
from grader.intake.formats import format_of, stem
from grader.intake.limits import MEBIBYTE, IntakeLimits, Refused
from grader.intake.naming import shown
from grader.intake.selection import Member, Parts, is_kept, relevant_members
from grader.intake.streams import BoundedStream

_NOWHERE = "nowhere"
_LONGEST_NAME = 255
"""Bytes of a name that a disk takes. Platforms count letters, of which some have four."""
_SHORTENED = 230
"""Bytes of a name in place of a longer one. It is still longer than a module's may be, so its author is told."""
_LARGEST_TABLE = 4 * MEBIBYTE
"""Bytes of an archive's table of contents. That is some forty thousand entries, which are read in one go."""


def _bound(member: Member, limits: IntakeLimits) -> int:
    """Return the maximum bytes to read of a member. The first byte beyond what is taken is included."""
    kind = format_of(member.parts[-1])
    if kind == "notebook":
        return limits.notebook_bytes + 1
    if kind is not None:
        return limits.archive_bytes + 1
    return limits.file_bytes + 1 if is_kept(member.parts[-1]) else 0


def _apart(name: str, number: int) -> str:
    """Return another name of the same ending, short enough for any disk. `number` tells it from all others."""
    kept = stem(name)
    end = f"-{number}{name[len(kept) :]}"
    most = max(0, _SHORTENED - len(os.fsencode(end)))
    return os.fsencode(kept)[:most].decode(errors="ignore") + end


def _fitting(parts: Parts) -> Parts:
    """Return `parts` as a disk takes them. A shortened name has the digest of the whole one in it."""
    return tuple(
        part if len(os.fsencode(part)) <= _LONGEST_NAME else _apart(part, zlib.crc32(os.fsencode(part)))
        for part in parts
    )


def _write(member: Member, target: Path, limits: IntakeLimits) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if member.kind == "folder":
        target.mkdir(exist_ok=True)
    elif member.kind == "file":
        most = _bound(member, limits)
        with target.open("xb") as file:
            file.write(member.read(most) if most else b"")
    else:
        target.symlink_to(_NOWHERE)


def _write_all(members: Sequence[Member], folder: Path, limits: IntakeLimits) -> None:
    """Write `members` below `folder`. A name that is taken, or that no disk takes, gets another.

    Nobody can keep the others' work from being read by what their own is called. The deepest come first: where a file
    is called as a folder is, the folder keeps the name.
    """
    for number, member in enumerate(sorted(members, key=lambda one: len(one.parts), reverse=True)):
        target = folder.joinpath(*_fitting(member.parts))
        try:
            _write(member, target, limits)
        except (FileExistsError, IsADirectoryError):
            _write(member, target.with_name(_apart(target.name, number)), limits)


def _members(file: IO[bytes], limits: IntakeLimits) -> tuple[list[Member], Parts | None]:
    """List an archive's members, and find the class.

    Litter is left out; None where there is no class, or it cannot be listed.
    """
    size = os.fstat(file.fileno()).st_size
    try:
        listed = zip_members(BoundedStream(file, size, largest_read=_LARGEST_TABLE), limits)
    except Refused:
        return [], None  # somebody's work, who is told
    members = relevant_members(member for member in listed if member.parts)
    return members, class_in(members)


def unpacked_class(path: Path, limits: IntakeLimits, opened: ExitStack) -> Path | None:
    """Unpack a class's zip to a temporary folder. The folder is removed with `opened`; None where `path` is no such
    file.

    Args:
        path: as a user names it.
        limits: the bounds on each submission; those on the whole are wider.
        opened: closed when all has been read.

    Raises:
        UsageError: it is one, and cannot be read as it is.
    """
    if format_of(path.name) != "zip" or type_at(path) != stat.S_IFREG:
        return None
    wide = limits.for_a_class()
    with open_regular(path) as file:
        members, root = _members(file, wide)
        if root is None:
            return None
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="grader-class-")))
        try:
            packed = os.fstat(file.fileno()).st_size
            if packed > wide.archive_bytes:
                raise Refused("intake/archive-too-large")
            # of what is left out nothing is unpacked, however much it would be
            taken = sum(min(member.size, _bound(member, limits)) for member in members if member.kind == "file")
            check_expansion(taken, packed, wide)
            _write_all(members, folder, limits)
        except (Refused, OSError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is damaged, or larger than any class's"
            raise UsageError(
                f"{shown(path.name)} is a platform's download of a whole class, and cannot be read as it is ({why}): "
                "unpack it and name the folder"
            ) from None
    return folder.joinpath(*root)
