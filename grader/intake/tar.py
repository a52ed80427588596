"""A reader of tar archives written by strangers. It lists their contents.

Why not `tarfile`: it is made for archives that one trusts. Depending on the version of Python, a few hostile kilobytes
make it recurse (a chain of extended headers), turn in circles (a negative size), take quadratic time (long digits in an
extended header) or gigabytes (the map of a sparse file), and a damaged header in the middle ends the archive without
an error. All of it lies in what a submission does not need.

A tar is a sequence of blocks of 512 bytes: for every member a header (name, size, type, checksum) and its data, padded;
a block of zeros ends it. What does not fit into a header stands in an *extended* one before it: `x` (POSIX: records
"length key=value") or `L` (GNU: a long name). Of these only the member's path and size are read; global headers (`g`)
and long link targets (`K`) are passed over. Every number is checked before it is used, each step leads forward, and no
extended header is read that has more than `_MAX_EXTENDED` bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from grader.intake.limits import KIBIBYTE, Refused
from grader.intake.streams import BoundedStream

BLOCK = 512
_MAX_EXTENDED = 64 * KIBIBYTE
_OCTAL = re.compile(rb" *([0-7]*)[ \0]*")
_RECORD = re.compile(rb"(\d{1,6}) ([^=\n]+)=")
_Kind = Literal["file", "folder", "link", "special"]
_KINDS: dict[bytes, _Kind] = {
    b"0": "file",
    b"\0": "file",
    b"7": "file",
    b"1": "link",
    b"2": "link",
    b"5": "folder",
}
_WITHOUT_DATA = frozenset((b"1", b"2", b"3", b"4", b"5", b"6"))
"""Types without data: links, devices, folders, FIFOs.

Whatever size their header gives, the next header follows at once.
"""


@dataclass(frozen=True)
class TarEntry:
    """A member of a tar. Its `size` bytes of data begin at `offset` of the unpacked archive."""

    name: str
    kind: _Kind
    size: int
    offset: int


def _number(field: bytes) -> int:
    """Parse a number of a header. It has octal digits, or is binary where it is marked so (GNU)."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    octal = _OCTAL.fullmatch(field)
    if not octal:
        raise ValueError("no number, or a negative one")
    return int(octal[1] or b"0", 8)


def _text(field: bytes) -> str:
    return field.split(b"\0", 1)[0].decode(errors="surrogateescape")


def _check_header(block: bytes) -> None:
    """Raise ValueError unless `block` is a valid header. A valid header is whole and matches its checksum."""
    if len(block) < BLOCK:
        raise ValueError("no end of the archive")
    signs = block[:148] + b" " * 8 + block[156:]
    total = sum(signs)
    # Some old programs add the bytes as signed ones.
    if _number(block[148:156]) not in (total, total - 256 * sum(sign > 127 for sign in signs)):
        raise ValueError("a damaged header")


def _records(payload: bytes) -> dict[bytes, bytes]:
    """Parse the records of a POSIX extended header."""
    found: dict[bytes, bytes] = {}
    position = 0
    while position < len(payload):
        head = _RECORD.match(payload, position)
        end = position + int(head[1]) if head else 0
        if not head or end <= head.end() or payload[end - 1 : end] != b"\n":
            raise ValueError("a damaged extended header")
        found[head[2]] = payload[head.end() : end - 1]
        position = end
    if any(key.startswith(b"GNU.sparse") for key in found):
        raise Refused("intake/archive-method")
    return found


def _extended(stream: BoundedStream, kind: bytes, offset: int, size: int) -> dict[bytes, bytes]:
    """Read an extended header.

    Its `kind` and its `size` bytes at `offset` are given; it describes the member behind it.
    """
    if kind in (b"g", b"K"):
        return {}
    if size > _MAX_EXTENDED:
        raise ValueError("an extended header beyond all measure")
    payload = stream.read_at(offset, size)
    return {b"path": payload} if kind == b"L" else _records(payload)


def _entry(block: bytes, extended: dict[bytes, bytes], offset: int) -> TarEntry:
    flag = block[156:157]
    if flag == b"S":
        raise Refused("intake/archive-method")
    prefix = _text(block[345:500]) if block[257:263] == b"ustar\0" else ""
    name = _text(extended[b"path"]) if b"path" in extended else "/".join(filter(None, (prefix, _text(block[:100]))))
    kind: _Kind = _KINDS.get(flag, "special")
    if kind == "file" and name.endswith("/"):
        kind = "folder"  # how it was written before there was a type
    size = int(extended[b"size"]) if b"size" in extended else _number(block[124:136])
    if size < 0:
        raise ValueError("a negative size")
    return TarEntry(name, kind, size, offset)


def tar_entries(stream: BoundedStream, most: int) -> list[TarEntry]:
    """List the members of an uncompressed tar. It is read to the end of `stream`.

    Raises:
        ValueError: it is damaged, cut short or no tar.
        Refused: it has more than `most` headers, or sparse files.
    """
    entries: list[TarEntry] = []
    extended: dict[bytes, bytes] = {}
    offset = 0
    for _ in range(most + 1):  # the end counts too
        block = stream.read_at(offset, BLOCK)
        if block == bytes(BLOCK):
            stream.drain()
            return entries
        _check_header(block)
        offset += BLOCK
        flag = block[156:157]
        if flag in (b"x", b"g", b"L", b"K"):
            size = _number(block[124:136])
            extended |= _extended(stream, flag, offset, size)
        else:
            entry = _entry(block, extended, offset)
            entries.append(entry)
            extended = {}
            size = 0 if flag in _WITHOUT_DATA else entry.size
        offset += -(-size // BLOCK) * BLOCK
    raise Refused("intake/too-many-files", limit=most)
