"""Tests of the reader of tar archives. It agrees with `tarfile` on honest ones, and soon gives up on hostile ones."""

from __future__ import annotations

import io
import tarfile
import time
import tracemalloc

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from grader.intake.limits import MEBIBYTE, Refused
from grader.intake.streams import BoundedStream
from grader.intake.tar import TarEntry, tar_entries
from tests.testing.handed_in import IN_STUDENT, tar_bytes

FORMATS = {"ustar": tarfile.USTAR_FORMAT, "gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}
KINDS = {tarfile.REGTYPE: "file", tarfile.DIRTYPE: "folder", tarfile.SYMTYPE: "link", tarfile.LNKTYPE: "link"}
PARTS = st.sampled_from(["net.py", "student", "модуль", "x" * 60, "ünï"])


def entries_of(data: bytes, most: int = 10_000) -> list[TarEntry]:
    """The members of an archive in memory."""
    return tar_entries(BoundedStream(data, 64 * MEBIBYTE), most)


def written(members: list[tuple[str, bytes, bytes]], dialect: int) -> bytes:
    """An archive written by `tarfile`. Members are given as (name, kind, content)."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=dialect) as archive:
        for name, kind, content in members:
            info = tarfile.TarInfo(name)
            info.type = kind
            info.linkname = "elsewhere" if dialect == tarfile.USTAR_FORMAT else "elsewhere/" * 20
            info.mtime = 1.5 if dialect == tarfile.PAX_FORMAT else 1
            info.size = len(content) if kind == tarfile.REGTYPE else 0
            archive.addfile(info, io.BytesIO(content))
    return raw.getvalue()


def extended(payload: bytes, kind: bytes = tarfile.XHDTYPE, size: int | None = None) -> bytes:
    """An extended header with its payload. It may claim another size than it has."""
    info = tarfile.TarInfo("extended")
    info.type, info.size = kind, len(payload) if size is None else size
    return info.tobuf(tarfile.GNU_FORMAT) + payload + bytes(-len(payload) % 512)


@pytest.mark.parametrize("dialect", FORMATS)
@settings(derandomize=True, deadline=None, database=None, max_examples=80)
@given(
    st.lists(
        st.tuples(
            st.lists(PARTS, min_size=1, max_size=4).map("/".join),
            st.sampled_from([tarfile.REGTYPE, tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE]),
            st.binary(max_size=1100),
        ),
        max_size=5,
    )
)
def test_honest_archives_read_as_with_tarfile(dialect: str, members: list[tuple[str, bytes, bytes]]) -> None:
    """Honest archives read as with `tarfile`.

    Names, kinds and contents agree in every dialect, with long names, links and fractions of a second.
    """
    assume(dialect != "ustar" or all(len(name.encode()) <= 100 for name, _, _ in members))
    data = written(members, FORMATS[dialect])
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        expected = [
            (info.name, KINDS[info.type], archive.extractfile(info).read() if info.isreg() else b"")  # type: ignore[union-attr]
            for info in archive
        ]
    stream = BoundedStream(data, len(data))
    found = [
        (entry.name.rstrip("/"), entry.kind, stream.read_at(entry.offset, entry.size) if entry.kind == "file" else b"")
        for entry in tar_entries(stream, 100)
    ]
    assert found == expected


def test_headers_before_types_and_binary_sizes_are_read() -> None:
    """Old headers and binary sizes are read.

    A folder was once a name ending in a slash, and GNU writes large sizes in binary.
    """
    old = tarfile.TarInfo("student/")
    old.type = tarfile.AREGTYPE
    huge = bytearray(tarfile.TarInfo("big.bin").tobuf(tarfile.GNU_FORMAT))
    huge[124:136] = b"\x80" + (700).to_bytes(11, "big")
    huge[148:156] = b" " * 8
    huge[148:156] = b"%06o\0 " % sum(huge)
    data = old.tobuf(tarfile.GNU_FORMAT) + bytes(huge) + b"#" * 700 + bytes(324) + bytes(1024)
    assert [(entry.name, entry.kind, entry.size) for entry in entries_of(data)] == [
        ("student/", "folder", 0),
        ("big.bin", "file", 700),
    ]


def test_an_extended_header_counts_for_one_member_and_a_global_one_for_none() -> None:
    """An extended header counts for the right members. `x` renames the next member alone; `g` and `K` are ignored."""
    data = (
        extended(b"21 path=student/a.py\n", tarfile.XGLTYPE)
        + extended(b"21 path=student/b.py\n")
        + extended(b"target\0", tarfile.GNUTYPE_LONGLINK)
        + tar_bytes({"c.py": "", "d.py": ""})
    )
    assert [entry.name for entry in entries_of(data)] == ["student/b.py", "d.py"]


@pytest.mark.parametrize(
    "payload",
    [
        b"21 path=student/b.py",
        b"99 path=student/b.py\n",
        b"5 path=student/b.py\n",
        b"0 path=\n",
        b"-9 path=\n",
        b"path=x\n",
        b"12345678901 path=x\n",
        b"9 size=x\n",
        b"10 size=-9\n",
    ],
)
def test_damaged_records_are_refused(payload: bytes) -> None:
    """Damaged records are refused. Their length does not fit, is missing, is no number or is negative."""
    with pytest.raises(ValueError, match=r".+"):
        entries_of(extended(payload) + tar_bytes(IN_STUDENT))


@pytest.mark.parametrize(
    "data",
    [
        extended(b"1" * 60_000) * 100,
        extended(b"1 hdrcharset=" * 4_000) * 100,
        extended(b"9 path=x\n" * 6_000) * 3,
        extended(b"", size=1 << 60),
        extended(b"", size=1 << 33) + bytes(1 << 20),
        extended(b"") * 9_000,
        extended(b"x=1\n", tarfile.XGLTYPE) * 9_000,
    ],
    ids=["digits", "charset", "many records", "endless", "larger than a read", "a chain", "a chain of global ones"],
)
def test_hostile_extended_headers_cost_nothing(data: bytes) -> None:
    """Hostile extended headers take little time and memory.

    With `tarfile` they cause recursion, or quadratic time or memory.
    """
    tracemalloc.start()
    begin = time.process_time()
    with pytest.raises((ValueError, Refused)):
        entries_of(data)
    assert time.process_time() - begin < 3
    assert tracemalloc.get_traced_memory()[1] < 32 * MEBIBYTE
    tracemalloc.stop()


def test_sparse_files_are_refused_in_both_dialects() -> None:
    """Sparse files are refused in both dialects.

    A map of holes can stand for terabytes, and nobody hands in sparse source.
    """
    gnu = tarfile.TarInfo("net.py")
    gnu.type = tarfile.GNUTYPE_SPARSE
    for data in (tar_bytes({}, [gnu]), extended(b"22 GNU.sparse.major=1\n") + tar_bytes(IN_STUDENT)):
        with pytest.raises(Refused, match="archive-method"):
            entries_of(data)


def test_headers_are_counted() -> None:
    """As many headers as allowed are read, no more."""
    data = tar_bytes({f"{index}.py": "" for index in range(5)})
    assert len(entries_of(data, most=5)) == 5
    with pytest.raises(Refused, match="too-many-files"):
        entries_of(data, most=4)


def test_the_stream_ends_at_its_bound() -> None:
    """The stream ends at its bound. Neither a read nor a step beyond it unpacks anything."""
    stream = BoundedStream(bytes(100), 60)
    assert stream.read_at(50, 10) == bytes(10)
    with pytest.raises(Refused, match="bomb"):
        stream.read_at(50, 11)
    with pytest.raises(Refused, match="bomb"):
        stream.seek(61)
