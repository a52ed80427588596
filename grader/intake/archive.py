"""Archives, read in memory. Nothing is unpacked to disk, and nothing in one is believed.

How hostile archives are met
- *Size.* The archive as handed in is bounded before it is opened. Everything its parser reads comes from a
  `BoundedStream`, which ends at `unpacked_bytes` and hands out little at a time: `zipfile` reads its whole table of
  contents in one go, so the bound on one read bounds its memory too. Members are read only up to what `collect`
  asks for; those left out of a zip are never unpacked.
- *Ratio.* What the members claim to unpack to, against the size as handed in. Overlapping members (one
  compressed kernel listed a thousand times) are caught here as well.
- *Names.* An absolute path, `..` or a drive letter anywhere refuses the archive; so do, in `collect`, two kept members
  of one name, also where only case or Unicode form differ, and a file whose name is also a folder's.
- *Kinds.* Only regular files and folders: a link, device or FIFO anywhere refuses the archive.
- *Cut short or damaged.* Checksums are compared, and a tar has to end as one (see `tar`).
"""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import IO, cast

from grader.intake.contents import Contents
from grader.intake.formats import Format, format_of
from grader.intake.layouts import recognise
from grader.intake.limits import KIBIBYTE, MEBIBYTE, IntakeLimits, Refused
from grader.intake.metadata import GRADESCOPE
from grader.intake.notebook import read_notebook
from grader.intake.selection import ENTRY_MODULE, Member, Parts, check_depth, collect, no_net, relevant_members
from grader.intake.streams import BoundedStream
from grader.intake.tar import TarEntry, tar_entries
from grader.source.contract import PACKAGE

_CHUNK = 64 * KIBIBYTE
_MAX_NAME = 1024
_DRIVE = re.compile(r"[A-Za-z]:")
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""The accepted compression methods of a zip.

The others are rare, and an LZMA member may ask for gigabytes of memory in its header.
"""

_PARSER_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,  # gzip.BadGzipFile; the data lies in memory, so no disk can fail here
    ValueError,
    LookupError,
    ArithmeticError,
    RuntimeError,  # RecursionError and NotImplementedError among them
)
"""Errors of `zipfile`, `gzip` and `tar` over damaged data. The data may be hostile, too."""


def _parts(name: str) -> Parts:
    """Split a member's path into parts. Backslashes are separators, as some Windows programs write them."""
    path = name.replace("\\", "/")
    if len(path) > _MAX_NAME:
        raise Refused("intake/long-name", file=name, limit_bytes=_MAX_NAME)
    parts = tuple(part for part in path.split("/") if part not in ("", "."))
    if path.startswith("/") or ".." in parts or _DRIVE.match(path):
        raise Refused("intake/archive-path", file=name)
    return parts


@contextmanager
def _damage_refused() -> Iterator[None]:
    try:
        yield
    except _PARSER_ERRORS:
        raise Refused("intake/archive-broken") from None


def _read_zip_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> bytes:
    if info.flag_bits & 1:
        raise Refused("intake/archive-encrypted")
    if info.compress_type not in _METHODS:
        raise Refused("intake/archive-method")
    content = io.BytesIO()  # a `bytes` that grows would be copied for every chunk
    with _damage_refused(), archive.open(info) as stream:
        # In chunks to the end, where the checksum is compared.
        while content.tell() < most and (chunk := stream.read(min(_CHUNK, most - content.tell()))):
            content.write(chunk)
    return content.getvalue()


def check_expansion(unpacked: int, packed: int, limits: IntakeLimits) -> None:
    """Refuse what unpacks to too much.

    The bounds are on the total and on the ratio; below `total_bytes` no ratio does harm.
    """
    too_dense = unpacked > limits.total_bytes and unpacked > limits.compression_ratio * packed
    if too_dense or unpacked > limits.unpacked_bytes:
        raise Refused("intake/archive-bomb")


def _zip_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Member:
    mode = stat.S_IFMT(info.external_attr >> 16)
    parts = _parts(info.filename)
    read = partial(_read_zip_member, archive, info)
    if info.is_dir() or mode == stat.S_IFDIR:
        return Member(parts, "folder", 0, read)
    if mode in (0, stat.S_IFREG):
        return Member(parts, "file", info.file_size, read)
    return Member(parts, "link" if mode == stat.S_IFLNK else "special", 0, read)


def zip_members(stream: BoundedStream, limits: IntakeLimits) -> list[Member]:
    """List the members of a zip. `check_expansion` is left to the caller, and `stream` has to stay open.

    Raises:
        Refused: it is damaged, too long, or a name in it leads out of the archive.
    """
    with _damage_refused():
        archive = zipfile.ZipFile(cast("IO[bytes]", stream))
        infos = archive.infolist()
        if len(infos) > limits.listed:
            raise Refused("intake/too-many-files", limit=limits.listed)
        return [_zip_member(archive, info) for info in infos]


def _zip_members(data: bytes, limits: IntakeLimits) -> list[Member]:
    members = zip_members(BoundedStream(data, len(data)), limits)
    check_expansion(sum(member.size for member in members), len(data), limits)
    return members


def _read_tar_member(stream: BoundedStream, entry: TarEntry, most: int) -> bytes:
    with _damage_refused():
        return stream.read_at(entry.offset, min(entry.size, most))


def _tar_members(data: bytes, limits: IntakeLimits, *, gzipped: bool) -> list[Member]:
    with _damage_refused():
        stream = BoundedStream(data, limits.unpacked_bytes, gzipped=gzipped)
        entries = tar_entries(stream, limits.listed)
        check_expansion(stream.tell(), len(data), limits)
    return [
        Member(_parts(entry.name), entry.kind, entry.size, partial(_read_tar_member, stream, entry))
        for entry in entries
    ]


def _inner_root(paths: set[Parts], top: str) -> Parts | None:
    return next((root for root in ((top, PACKAGE), (top,)) if (*root, ENTRY_MODULE) in paths), None)


def class_in(members: list[Member]) -> Parts | None:
    """Find the folder of a class in an archive.

    It holds the whole class's uploads in a learning platform's download; `()` is the top.

    None where it is no such download: most of what lies there has a name that a platform gives to somebody's upload, or
    its record lies beside them. With a `net.py` in its place it is a submission, whatever the other files are called.
    """
    paths = {member.parts for member in members if member.kind == "file"}
    tops = {member.parts[0] for member in members}
    for root in ((), *((top,) for top in tops if len(tops) == 1)):
        depth = len(root)
        names = {member.parts[depth] for member in members if len(member.parts) > depth}
        if {(*root, PACKAGE, ENTRY_MODULE), (*root, ENTRY_MODULE)} & paths:
            return None
        if 2 * len(recognise(names)) > len(names) or (*root, GRADESCOPE) in paths:
            return root
    return None


def _root(paths: set[Parts]) -> Parts | None:
    """Find the package's folder among the files' `paths`.

    The folder is `student`, the top, or one folder further down.
    """
    nearest: tuple[Parts, ...] = ((PACKAGE,), ())
    for root in nearest:
        if (*root, ENTRY_MODULE) in paths:
            return root
    tops = sorted({path[0] for path in paths})
    found = [inner for top in tops if (inner := _inner_root(paths, top))]
    if len(found) > 1:
        raise Refused("intake/several", found=["/".join(root) for root in found])
    return found[0] if found else None


def _names(members: list[Member]) -> list[str]:
    """List the names at an archive's top. In place of a folder `student` it has what that holds; folders end in "/"."""
    names: set[str] = set()
    for member in members:
        top, *below = (f"{part}/" for part in member.parts)
        shown_parts = [top, *below[: top.casefold() == f"{PACKAGE}/"]]
        is_file = member.kind == "file" and len(shown_parts) == len(member.parts)
        names.add("".join(shown_parts).removesuffix("/" if is_file else ""))
    ordered = sorted(names)
    # what lies in a folder follows it at once
    inside = {name for name, following in pairwise(ordered) if name.endswith("/") and following.startswith(name)}
    return [name for name in ordered if name not in inside]


def _lone_notebook(members: list[Member], limits: IntakeLimits) -> Contents:
    """Read the one notebook of an archive without a package."""
    notebooks = [member for member in members if member.kind == "file" and format_of(member.parts[-1]) == "notebook"]
    if not notebooks:
        raise no_net(_names(members)) if members else Refused("intake/empty")
    if len(notebooks) > 1:
        raise Refused("intake/several", found=["/".join(member.parts) for member in notebooks])
    return read_notebook(notebooks[0].read(limits.notebook_bytes + 1), limits)


def read_archive(data: bytes, kind: Format, limits: IntakeLimits) -> Contents:
    """Read the package in an archive. Return its kept files.

    Args:
        data: the archive, or its first `limits.archive_bytes + 1` bytes.
        kind: "zip", "tar.gz" or "tar".
        limits: the bounds.

    Raises:
        Refused: it is damaged, hostile, over a bound, or holds no submission.
    """
    if len(data) > limits.archive_bytes:
        raise Refused("intake/archive-too-large", limit_mb=limits.archive_bytes // MEBIBYTE)
    listed = _zip_members(data, limits) if kind == "zip" else _tar_members(data, limits, gzipped=kind == "tar.gz")
    for member in listed:
        check_depth(member.parts)
    members = relevant_members(member for member in listed if member.parts)
    for member in members:
        if member.kind in ("link", "special"):
            raise Refused(f"intake/{member.kind}", file="/".join(member.parts))
    paths = {member.parts for member in members if member.kind == "file"}
    if class_in(members) is not None:
        raise Refused("intake/bulk-download")
    root = _root(paths)
    if root is None:
        return _lone_notebook(members, limits)
    depth = len(root)
    inside = (member for member in members if member.parts[:depth] == root and len(member.parts) > depth)
    return Contents(collect((replace(member, parts=member.parts[depth:]) for member in inside), limits))
