"""Tests of archives: honest, hostile and damaged ones."""

from __future__ import annotations

import gzip
import random
import stat
import struct
import tarfile
import time
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from grader.intake import IntakeLimits
from tests.testing.handed_in import IN_STUDENT, MODULES, hint_of, notebook_bytes, only, tar_bytes, write_zip

LIMITS = IntakeLimits()
AS_BYTES = {name: text.encode() for name, text in MODULES.items()}
Writer = Callable[[Path, dict[str, str | bytes]], Path]


def write_tar_gz(path: Path, files: dict[str, str | bytes]) -> Path:
    """Write a gzipped tar of `files`."""
    path.write_bytes(gzip.compress(tar_bytes(files), mtime=0))
    return path


WRITERS = pytest.mark.parametrize(
    ("write", "ending"), [(write_zip, ".zip"), (write_tar_gz, ".tar.gz"), (write_tar_gz, ".tgz")]
)


def tar_info(name: str, kind: bytes = tarfile.REGTYPE, *, target: str = "") -> tarfile.TarInfo:
    """An empty tar member of this kind."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def zip_with_mode(path: Path, mode: int) -> Path:
    """Write a zip of a submission and one more member. That member has the Unix file type `mode`."""
    write_zip(path)
    info = zipfile.ZipInfo("student/extra.py")
    info.external_attr = mode << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(info, "net.py")
    return path


@WRITERS
@pytest.mark.parametrize("above", ["", "student/", "homework/", "alice-homework/student/"])
def test_the_package_is_found_where_people_pack_it(tmp_path: Path, write: Writer, ending: str, above: str) -> None:
    """The package is found where people pack it.

    It may be the modules or `student/`, with or without one folder around it, beside what systems add.
    """
    files = {f"{above}{name}": text for name, text in MODULES.items()}
    archive = write(tmp_path / f"alice{ending}", {**files, "__MACOSX/._net.py": "x", ".DS_Store": "x"})
    assert only(archive).files == AS_BYTES
    assert only(archive).name == "alice"


def test_an_uncompressed_tar_and_a_stored_zip_work(tmp_path: Path) -> None:
    """Archives without compression are read."""
    (tmp_path / "a.tar").write_bytes(tar_bytes(IN_STUDENT))
    with zipfile.ZipFile(tmp_path / "b.zip", "w", zipfile.ZIP_STORED) as archive:
        for name, text in IN_STUDENT.items():
            archive.writestr(name, text)
    assert only(tmp_path / "a.tar").files == only(tmp_path / "b.zip").files == AS_BYTES


def test_backslashes_of_windows_programs_are_separators(tmp_path: Path) -> None:
    """Backslashes in a zip separate folders. Some Windows programs write `student\\net.py`."""
    archive = write_zip(tmp_path / "a.zip", {name.replace("/", "\\"): text for name, text in IN_STUDENT.items()})
    assert only(archive).files == AS_BYTES


@WRITERS
def test_what_is_left_out_of_a_folder_is_left_out_of_an_archive(tmp_path: Path, write: Writer, ending: str) -> None:
    """Caches, environments, checkpoints and figures are left out. They do not count towards the bounds."""
    litter = [
        "student/__pycache__/net.pyc",
        "student/env/pyvenv.cfg",
        "student/env/lib/a.py",
        "student/model.pt",
        "a.png",
    ]
    noise = random.Random(0).randbytes(600_000)
    archive = write(tmp_path / f"a{ending}", {**IN_STUDENT, **dict.fromkeys(litter, noise)})
    assert only(archive).files == AS_BYTES


@WRITERS
def test_one_notebook_in_an_archive_is_the_submission(tmp_path: Path, write: Writer, ending: str) -> None:
    """A single notebook in an archive is the submission.

    A package is preferred to it, and of two notebooks neither is chosen.
    """
    notebook = notebook_bytes("class Net: ...")
    assert "notebook_cells.py" in only(write(tmp_path / f"a{ending}", {"hw/task.ipynb": notebook})).files
    assert only(write(tmp_path / f"b{ending}", {**IN_STUDENT, "task.ipynb": notebook})).files == AS_BYTES
    assert hint_of(write(tmp_path / f"c{ending}", {"a.ipynb": notebook, "b.ipynb": notebook})) == "intake/several"


@WRITERS
@pytest.mark.parametrize(
    ("files", "hint"),
    [
        ({}, "intake/empty"),
        ({".DS_Store": "x"}, "intake/empty"),
        ({"main.py": ""}, "intake/no-net"),
        ({"a/b/student/net.py": ""}, "intake/no-net"),
        ({"student/Net.py": ""}, "intake/net-miscalled"),
        ({"a/student/net.py": "", "b/net.py": ""}, "intake/several"),
    ],
)
def test_an_archive_without_one_package_is_refused(
    tmp_path: Path, write: Writer, ending: str, *, files: dict[str, str | bytes], hint: str
) -> None:
    """An archive without exactly one package is refused.

    It is empty, holds something else, or has the package too deep, misspelt or twice.
    """
    assert hint_of(write(tmp_path / f"a{ending}", files)) == hint


@WRITERS
@pytest.mark.parametrize(
    "name", ["/etc/cron.d/x.py", "../x.py", "student/../../x.py", "C:\\x.py", "\\x.py", "..\\x.png"]
)
def test_a_path_out_of_the_archive_is_refused(tmp_path: Path, write: Writer, ending: str, name: str) -> None:
    """A path out of the archive is refused.

    It may be absolute, climb upwards or name a drive, even where the member would be left out.
    """
    assert hint_of(write(tmp_path / f"a{ending}", {**IN_STUDENT, name: "x"})) == "intake/archive-path"


@WRITERS
@pytest.mark.parametrize("name", ["student/Net.py", "student/./net.py", "student/net.py/x.py", "student/te\u0301st.py"])
def test_two_members_of_one_name_are_refused(tmp_path: Path, write: Writer, ending: str, name: str) -> None:
    """Two members with the same name are refused.

    Case, spelling and Unicode form do not count, nor may a file also be a folder.
    """
    files = {**IN_STUDENT, "student/t\u00e9st.py": "", name: "x"}
    assert hint_of(write(tmp_path / f"a{ending}", files)) == "intake/duplicate"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_listed_twice_is_refused(tmp_path: Path) -> None:
    """A member listed twice is refused. Programs differ in which of the two they take."""
    write_zip(tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "a.zip", "a") as archive:
        archive.writestr("student/net.py", "another")
    assert hint_of(tmp_path / "a.zip") == "intake/duplicate"
    (tmp_path / "b.tar").write_bytes(tar_bytes(IN_STUDENT, [tar_info("student/net.py")]))
    assert hint_of(tmp_path / "b.tar") == "intake/duplicate"


@pytest.mark.parametrize(
    ("info", "hint"),
    [
        (tar_info("student/a.py", tarfile.SYMTYPE, target="net.py"), "intake/link"),
        (tar_info("student/a.py", tarfile.LNKTYPE, target="student/net.py"), "intake/link"),
        (tar_info("elsewhere", tarfile.SYMTYPE, target="/etc"), "intake/link"),
        (tar_info("student/a.py", tarfile.FIFOTYPE), "intake/special"),
        (tar_info("student/null", tarfile.CHRTYPE), "intake/special"),
        (tar_info("student/disk", tarfile.BLKTYPE), "intake/special"),
        (tar_info("student/venv/python", tarfile.SYMTYPE, target="/usr/bin/python"), None),
    ],
)
def test_links_and_devices_in_a_tar_are_refused(tmp_path: Path, info: tarfile.TarInfo, hint: str | None) -> None:
    """Links and devices in a tar are refused, wherever they are.

    Only folders that are left out anyway may hold them.
    """
    (tmp_path / "a.tar").write_bytes(tar_bytes(IN_STUDENT, [info]))
    assert hint_of(tmp_path / "a.tar") == hint


@pytest.mark.parametrize(
    ("mode", "hint"),
    [
        (stat.S_IFLNK, "intake/link"),
        (stat.S_IFIFO, "intake/special"),
        (stat.S_IFCHR, "intake/special"),
        (stat.S_IFREG, None),
    ],
)
def test_links_and_devices_in_a_zip_are_refused(tmp_path: Path, mode: int, hint: str | None) -> None:
    """Links and devices in a zip are refused. A zip from Unix has the kind of each member."""
    assert hint_of(zip_with_mode(tmp_path / "a.zip", mode)) == hint


@WRITERS
def test_an_archive_cut_short_is_refused(tmp_path: Path, write: Writer, ending: str) -> None:
    """An archive that is cut short is refused. An upload may break off anywhere, and is never graded in part."""
    whole = write(tmp_path / f"a{ending}", dict(IN_STUDENT)).read_bytes()
    cut = tmp_path / f"cut{ending}"
    for length in range(0, len(whole), 7):
        cut.write_bytes(whole[:length])
        assert hint_of(cut) == "intake/archive-broken", length


def test_a_tar_cut_between_members_or_damaged_in_a_header_is_refused(tmp_path: Path) -> None:
    """A tar that is cut or damaged is refused.

    It may be cut between members or broken in a header, which `tarfile` would take for the end.
    """
    whole = tar_bytes(IN_STUDENT)
    damaged = tmp_path / "damaged.tar"
    for content in (whole[:2048], whole[:1024] + b"?" + whole[1025:], whole[:1100]):
        damaged.write_bytes(content)
        assert hint_of(damaged) == "intake/archive-broken"


@pytest.mark.parametrize("ending", [".zip", ".tar.gz", ".tgz", ".tar"])
@pytest.mark.parametrize(
    "content", [b"", b"hello", b"Rar!\x1a\x07\x00", b"\x1f\x8b" + b"\x00" * 2000, b"PK\x05\x06" + b"\xff" * 18]
)
def test_what_is_no_archive_is_refused(tmp_path: Path, ending: str, content: bytes) -> None:
    """A file that is no archive is refused, whatever its ending."""
    (tmp_path / f"a{ending}").write_bytes(content)
    assert hint_of(tmp_path / f"a{ending}") == "intake/archive-broken"


def test_a_flipped_bit_is_noticed(tmp_path: Path) -> None:
    """A flipped bit is noticed by the format's checksum."""
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as opened:
        opened.writestr("net.py", "weight = 1")
    archive.write_bytes(archive.read_bytes().replace(b"weight = 1", b"weight = 2"))
    assert hint_of(archive) == "intake/archive-broken"
    packed = bytearray(gzip.compress(tar_bytes(IN_STUDENT), mtime=0))
    packed[-6] ^= 1
    (tmp_path / "b.tgz").write_bytes(packed)
    assert hint_of(tmp_path / "b.tgz") == "intake/archive-broken"


def test_an_encrypted_zip_is_refused_as_such(tmp_path: Path) -> None:
    """An encrypted zip is refused. The message speaks of the password, not of damage."""
    raw = bytearray(write_zip(tmp_path / "a.zip", {"net.py": "x"}).read_bytes())
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "a.zip").write_bytes(raw)
    assert hint_of(tmp_path / "a.zip") == "intake/archive-encrypted"


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_unusual_compression_is_refused(tmp_path: Path, method: int) -> None:
    """Unusual compression is refused.

    The message asks for an ordinary zip, since LZMA may ask for gigabytes in its header.
    """
    with zipfile.ZipFile(tmp_path / "a.zip", "w", method) as archive:
        archive.writestr("net.py", "x = 1")
    assert hint_of(tmp_path / "a.zip") == "intake/archive-method"


@WRITERS
def test_the_bounds_hold_in_archives(tmp_path: Path, write: Writer, ending: str) -> None:
    """The bounds hold in archives as in folders. They are on files, sizes, depth and entries."""
    archive = write(tmp_path / f"a{ending}", {"net.py": "", "b.py": "#" * 100, "c/d.py": "#" * 100})
    assert hint_of(archive, replace(LIMITS, files=3, file_bytes=100, total_bytes=200, depth=2, listed=3)) is None
    assert hint_of(archive, replace(LIMITS, files=2)) == "intake/too-many-files"
    assert hint_of(archive, replace(LIMITS, listed=2)) == "intake/too-many-files"
    assert hint_of(archive, replace(LIMITS, file_bytes=99)) == "intake/file-too-large"
    assert hint_of(archive, replace(LIMITS, total_bytes=199)) == "intake/too-large"
    assert hint_of(archive, replace(LIMITS, depth=1)) == "intake/too-deep"
    size = archive.stat().st_size
    assert hint_of(archive, replace(LIMITS, archive_bytes=size)) is None
    assert hint_of(archive, replace(LIMITS, archive_bytes=size - 1)) == "intake/archive-too-large"


@WRITERS
def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path, write: Writer, ending: str) -> None:
    """An archive that unpacks to too much is refused. Its ratio tells, or its size alone where the ratio is honest."""
    zeros = write(tmp_path / f"zeros{ending}", {"net.py": "", "data.bin": bytes(3_000_000)})
    assert hint_of(zeros) == "intake/archive-bomb"
    assert hint_of(zeros, replace(LIMITS, compression_ratio=2000)) is None
    assert hint_of(zeros, replace(LIMITS, compression_ratio=2000, unpacked_bytes=2_999_999)) == "intake/archive-bomb"


def test_a_gzip_bomb_costs_neither_time_nor_memory(tmp_path: Path) -> None:
    """A gzip bomb costs neither time nor memory.

    Unpacking stops at the bound, even in a member that would be left out.
    """
    squeeze = zlib.compressobj(1, zlib.DEFLATED, 31)
    info = tar_info("student/model.pt")
    info.size = 300 << 20
    parts = [squeeze.compress(tar_bytes({"student/net.py": ""})[:1024] + info.tobuf())]
    parts += [squeeze.compress(bytes(1 << 20)) for _ in range(300)]
    (tmp_path / "bomb.tgz").write_bytes(b"".join([*parts, squeeze.flush()]))
    tracemalloc.start()
    begin = time.process_time()
    assert hint_of(tmp_path / "bomb.tgz") == "intake/archive-bomb"
    assert time.process_time() - begin < 5
    assert tracemalloc.get_traced_memory()[1] < 16 << 20
    tracemalloc.stop()


def test_a_zip_whose_members_share_their_data_is_refused(tmp_path: Path) -> None:
    """A zip whose members share their data is refused.

    A thousand entries over one block are small to list and take gigabytes to unpack.
    """
    raw = write_zip(tmp_path / "a.zip", {"net.py": bytes(500_000)}).read_bytes()
    start = raw.index(b"PK\x01\x02")
    end = raw.index(b"PK\x05\x06")
    entry = raw[start:end]
    entries = b"".join(entry.replace(b"net.py", b"%06d" % index) for index in range(1000))
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1000, 1000, len(entries), start, 0)
    (tmp_path / "a.zip").write_bytes(raw[:start] + entries + tail)
    assert hint_of(tmp_path / "a.zip") == "intake/archive-bomb"


def test_a_member_that_understates_its_size_stays_within_the_bounds(tmp_path: Path) -> None:
    """The real size of a member counts, not its header's."""
    raw = bytearray(write_zip(tmp_path / "a.zip", {"net.py": "#" * 5000}).read_bytes())
    start = raw.index(b"PK\x01\x02")
    for position in (22, start + 24):
        raw[position : position + 4] = struct.pack("<I", 10)
    (tmp_path / "a.zip").write_bytes(raw)
    assert hint_of(tmp_path / "a.zip") == "intake/archive-broken"


def test_a_huge_table_of_contents_is_not_read(tmp_path: Path) -> None:
    """A huge table of contents is not read. `zipfile` would make an object for each of half a million entries."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("net.py", "")
    raw = (tmp_path / "a.zip").read_bytes()
    start, end = raw.index(b"PK\x01\x02"), raw.index(b"PK\x05\x06")
    table = raw[start:end] * 500_000
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1, 1, len(table), start, 0)
    (tmp_path / "a.zip").write_bytes(raw[:start] + table + tail)
    tracemalloc.start()
    assert hint_of(tmp_path / "a.zip") == "intake/archive-bomb"
    assert tracemalloc.get_traced_memory()[1] < 96 << 20
    tracemalloc.stop()


def test_a_tar_that_turns_in_circles_is_refused(tmp_path: Path) -> None:
    """A tar that leads back to itself is refused. A member of negative size points to its own header."""
    info = tar_info("student/net.py")
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    header[124:136] = b"\xff" * 8 + struct.pack(">i", -1024)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    (tmp_path / "a.tar").write_bytes(tar_bytes({"a.py": ""})[:512] + bytes(header) + bytes(1024))
    assert hint_of(tmp_path / "a.tar") == "intake/archive-broken"


@WRITERS
def test_a_path_of_kilobytes_is_refused(tmp_path: Path, write: Writer, ending: str) -> None:
    """A path of kilobytes is refused.

    Its member may be one that is left out: a million folders in one name would take minutes.
    """
    assert hint_of(write(tmp_path / f"a{ending}", {**IN_STUDENT, "a/" * 5000 + "b.png": ""})) == "intake/long-name"
