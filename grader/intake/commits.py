"""Time of a clone's last commit. It is read from the clone's files: git itself would run what its configuration names.

The formats stand in git's documentation: gitrepository-layout, gitformat-pack (index version 2), and the loose objects
of "Git Internals". A commit that is stored as a difference to another is not put together: then nothing is known.
Links are not followed, and everything is bounded, as a student may have written it.
"""

from __future__ import annotations

import re
import stat
import struct
import zlib
from pathlib import Path

from grader.intake.folder import listing, open_regular, read_regular, type_at
from grader.intake.limits import MEBIBYTE, Refused

_HASH = re.compile(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_REFERENCE = re.compile(rb"ref: (refs/[\w./-]{1,200})", re.ASCII)
_COMMITTER = re.compile(rb"^committer [^\n]*> (\d{1,11}) [+-]\d{4}$", re.MULTILINE)
_LARGEST_COMMIT = 64 * 1024
_LARGEST_LIST = 8 * MEBIBYTE
_LARGEST_BUCKET = 4 * MEBIBYTE
_MOST_PACKS = 200
_LATEST = 2**33
_INDEX = b"\xfftOc\x00\x00\x00\x02"
_FANOUT = 256 * 4
_COMMIT = 1


def _is_below(git: Path, parts: list[str]) -> bool:
    """Whether only folders lie on a path below `git`."""
    folders = [git.joinpath(*parts[:number]) for number in range(len(parts))]
    return ".." not in parts and all(type_at(folder) == stat.S_IFDIR for folder in folders)


def _read(git: Path, path: str, most: int) -> bytes:
    """Read at most `most` bytes of a repository's file. b"" where it is not there or not to be read."""
    parts = path.split("/")
    if not _is_below(git, parts) or type_at(git.joinpath(*parts)) != stat.S_IFREG:
        return b""
    return read_regular(git.joinpath(*parts), most)


def _head(git: Path) -> bytes:
    """Return the hash that HEAD stands for. The hash is in hexadecimal digits; b"" where HEAD stands for none."""
    text = _read(git, "HEAD", 1024).strip()
    if (reference := _REFERENCE.fullmatch(text)) is not None:
        name = reference[1]
        text = _read(git, name.decode("ascii", errors="replace"), 1024).strip()
        if not text:
            packed = re.search(
                rb"^([0-9a-f]+) " + re.escape(name) + rb"$", _read(git, "packed-refs", _LARGEST_LIST), re.M
            )
            text = packed[1] if packed else b""
    return text if _HASH.fullmatch(text) else b""


def _unpacked(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, _LARGEST_COMMIT)
    except zlib.error:
        return b""


def _loose(git: Path, name: str) -> bytes:
    """Read a commit from a file of its own. The header is left out."""
    content = _unpacked(_read(git, f"objects/{name[:2]}/{name[2:]}", _LARGEST_COMMIT))
    kind, _, body = content.partition(b"\0")
    return body if kind.startswith(b"commit ") else b""


def _offset(index: Path, name: bytes) -> int | None:
    """Return an object's offset in its pack. None where it is not in it."""
    with open_regular(index) as file:
        if file.read(8) != _INDEX:
            return None
        fanout = struct.unpack(">256I", file.read(_FANOUT))
        size, count = len(name), fanout[255]
        first = fanout[name[0] - 1] if name[0] else 0
        if not 0 <= fanout[name[0]] - first <= _LARGEST_BUCKET // size:
            return None
        file.seek(8 + _FANOUT + first * size)
        names = file.read((fanout[name[0]] - first) * size)
        place = next((at for at in range(0, len(names), size) if names[at : at + size] == name), None)
        if place is None:
            return None
        number = first + place // size
        file.seek(8 + _FANOUT + count * (size + 4) + number * 4)
        (offset,) = struct.unpack(">I", file.read(4))
        if offset >> 31:  # in packs above 2 GiB it stands in a table of its own
            file.seek(8 + _FANOUT + count * (size + 8) + (offset & 0x7FFFFFFF) * 8)
            (offset,) = struct.unpack(">Q", file.read(8))
        return int(offset)


def _packed_at(pack: Path, offset: int) -> bytes:
    """Read the commit at an offset of a pack. b"" where it is none or stored as a difference."""
    with open_regular(pack) as file:
        file.seek(offset)
        data = file.read(_LARGEST_COMMIT)
    kind, length = (data[0] >> 4) & 7 if data else 0, 1
    while length <= 10 and len(data) > length and data[length - 1] & 0x80:  # the size, seven bits at a time
        length += 1
    return _unpacked(data[length:]) if kind == _COMMIT else b""


def _packed(git: Path, name: str) -> bytes:
    folder = git / "objects" / "pack"
    if not _is_below(git, ["objects", "pack", ""]):
        return b""
    for entry in listing(folder, _MOST_PACKS):
        if entry.name.endswith(".idx") and entry.is_file(follow_symlinks=False):
            offset = _offset(Path(entry.path), bytes.fromhex(name))
            if offset is not None:
                return _packed_at(Path(entry.path).with_suffix(".pack"), offset)
    return b""


def head_seconds(folder: Path) -> int | None:
    """Return the time of a clone's last commit. The time is in seconds since 1970; whoever made the commit has set it.

    Returns:
        None where there is no clone, no commit, or it is not stored in a way that is read here.

    Raises:
        UsageError: the disk fails.
    """
    git = folder / ".git"
    if type_at(git) != stat.S_IFDIR:
        return None
    try:
        name = _head(git).decode("ascii")
        commit = (_loose(git, name) or _packed(git, name)) if name else b""
    except (Refused, struct.error, OverflowError, ValueError):
        return None
    found = _COMMITTER.search(commit.partition(b"\n\n")[0])
    seconds = int(found[1]) if found else None
    return seconds if seconds is not None and seconds < _LATEST else None
