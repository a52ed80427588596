"""Tests of intake with arbitrary input. Every entry gets its answer within the bounds, and nothing else is raised."""

from __future__ import annotations

import gzip
import io
import json
import os
import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.errors import UsageError
from grader.intake import IntakeLimits, discover
from grader.intake.layouts import recognise
from grader.model import Submission
from tests.testing.handed_in import IN_STUDENT, notebook_bytes, tar_bytes

LIMITS = replace(IntakeLimits(), files=6, total_bytes=600, file_bytes=400, depth=4, listed=40)
FUZZED = settings(
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

HONEST = st.sampled_from(
    ["student/b.py", "student/c.py", "student/c/d.py", "student/notes.txt", "student/a.png", "README.md"]
)
ODD = st.sampled_from(
    "net.py a/student/net.py a/net.py student/B.py ../x.py /x.py C:/x.py n.ipynb student/c/d/e/f.py "
    "student/net.py/y.py __MACOSX/net.py student/venv/x.py student/b.py/ ./student student/x\x01.py".split()
)
PATHS = st.one_of(HONEST, HONEST, HONEST, ODD)
SOURCES = st.sampled_from([b"", b"x = 1\n", b"# coding: cp1251\n\xe6"])
CONTENTS = st.one_of(SOURCES, SOURCES, SOURCES, st.sampled_from([b"\x00", b"\xff", b"#" * 401]), st.binary(max_size=40))
KINDS = st.sampled_from([tarfile.REGTYPE] * 16 + [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE])


@contextmanager
def batch() -> Iterator[Path]:
    """A new folder for each example. `tmp_path` would be shared by all of them."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "batch"


def read_one(name: bytes | str, content: bytes) -> Submission:
    """Read a batch of one file, and check the submission."""
    with batch() as folder:
        folder.mkdir()
        path = folder / os.fsdecode(name)
        path.write_bytes(content)
        (submission,) = discover([folder], LIMITS)
    check(submission)
    return submission


def check(submission: Submission) -> None:
    """Check that a submission has files or a problem.

    It never has both: files are within the bounds, and a problem can be printed.
    """
    assert bool(submission.files) == (submission.problem is None)
    assert len(submission.files) <= LIMITS.files
    assert sum(map(len, submission.files.values())) <= LIMITS.total_bytes
    for path, content in submission.files.items():
        parts = path.split("/")
        assert len(content) <= LIMITS.file_bytes
        assert len(parts) <= LIMITS.depth
        assert not {"", ".", ".."} & set(parts)
        assert path.isprintable()
    if submission.files:
        assert "net.py" in submission.files
        assert len(submission.digest) == 64
    msgspec.json.encode([submission.name, submission.problem, submission.reading])


def check_written_back(submission: Submission) -> None:
    """Check that all files can be written below one folder. The sandbox does that."""
    with batch() as folder:
        for name, content in submission.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        assert sum(path.is_file() for path in folder.rglob("*")) == len(submission.files)


@FUZZED
@pytest.mark.filterwarnings("ignore:Duplicate name")
@given(st.lists(st.tuples(PATHS, CONTENTS), max_size=8), st.integers(0, 0xFFFF))
def test_any_zip_has_an_answer(members: list[tuple[str, bytes]], mode: int) -> None:
    """Any zip has an answer. Its members have any names and kinds."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("student/net.py", "")
        for index, (name, content) in enumerate(members):
            info = zipfile.ZipInfo(name)
            info.external_attr = (mode << 16) if index == 4 else 0
            archive.writestr(info, content)
    check_written_back(read_one("a.zip", raw.getvalue()))


@FUZZED
@given(st.lists(st.tuples(PATHS, CONTENTS, KINDS), max_size=8))
def test_any_tar_has_an_answer(members: list[tuple[str, bytes, bytes]]) -> None:
    """Any tar has an answer. Its members have any names and kinds, links among them."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("student/net.py"))
        for name, content, kind in members:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "student/net.py"
            info.size = len(content) if kind == tarfile.REGTYPE else 0
            archive.addfile(info, io.BytesIO(content))
    check_written_back(read_one("a.tar", raw.getvalue()))


def whole(ending: str) -> bytes:
    """An honest archive or notebook with this ending."""
    if ending == ".zip":
        raw = io.BytesIO()
        with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in IN_STUDENT.items():
                archive.writestr(zipfile.ZipInfo(name), text)
        return raw.getvalue()
    if ending == ".ipynb":
        return notebook_bytes("%time x\nclass Net(x): ...\nN_EPOCHS = {a: 1 for a in 'b'}")
    return gzip.compress(tar_bytes(IN_STUDENT), mtime=0) if ending == ".tgz" else tar_bytes(IN_STUDENT)


@settings(FUZZED, max_examples=100)
@given(
    st.sampled_from([".zip", ".tgz", ".tar", ".ipynb"]),
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=4),
    st.integers(0, 200),
)
def test_damage_anywhere_has_an_answer(ending: str, changes: list[tuple[int, int]], cut: int) -> None:
    """Damage anywhere has an answer. A few bytes of an honest file are changed, or missing at its end."""
    raw = bytearray(whole(ending))
    for position, value in changes:
        raw[position % len(raw)] = value
    read_one(f"a{ending}", bytes(raw[: len(raw) - max(0, cut - 100)]))


@FUZZED
@given(st.sampled_from([".zip", ".tgz", ".tar.gz", ".tar", ".ipynb", ".py", ""]), st.binary(max_size=1500))
def test_any_bytes_have_an_answer(ending: str, content: bytes) -> None:
    """Arbitrary bytes are refused, whatever the ending."""
    assert read_one(f"a{ending}", content).problem is not None


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from(["cells", "cell_type", "source", "worksheets", "input"]), inner, max_size=4),
    ),
    max_leaves=12,
)
LINES = st.sampled_from(
    [
        "class Net:",
        "    x = y",
        "def train(a): return b",
        "N_EPOCHS = c",
        "%magic (",
        "!sh '",
        "b = ('''",
        "'''",
        ")",
        "c = b",
        "if b: c = 1; return",
        "b = '\\d' is 3",
        "from d import *",
        "@b",
        "BATCH_SIZE = [b for b in c]",
        "b?",
        "\\",
        "if c:",
        "\tc = 1",
        "c.b = b = 2",
        "\x0c",
        "\ud800",
    ]
)


@FUZZED
@given(JSON)
def test_any_json_as_a_notebook_has_an_answer(content: object) -> None:
    """Any JSON as a notebook has an answer."""
    read_one("a.ipynb", json.dumps(content).encode())


@settings(FUZZED, max_examples=100)
@pytest.mark.filterwarnings("ignore::SyntaxWarning", "ignore::DeprecationWarning")
@given(st.lists(st.lists(LINES, max_size=8), max_size=3))
def test_any_cells_have_an_answer(cells: list[list[str]]) -> None:
    """Any cells have an answer, and the result always compiles."""
    submission = read_one("a.ipynb", notebook_bytes("class Net: x = b, c", *("\n".join(lines) for lines in cells)))
    for path, content in submission.files.items():
        compile(content, path, "exec", dont_inherit=True)


FOLDER_NAMES = st.one_of(
    st.binary(min_size=1, max_size=60).filter(lambda name: not set(name) & {0, 0x2F} and name not in (b".", b"..")),
    st.builds(
        lambda who, number, rest: f"{who}_{number}_{rest}".encode(),
        st.sampled_from(["ann", "Bob B", "anon", "hw"]),
        st.sampled_from(["100", "101_200", "LATE_101_201", "attempt_2025-01-01-00-00-00", "7_assignsubmission_file"]),
        st.sampled_from(["hw.zip", "hw-1.zip", "net.py", "net-2.py", "text.html", "x.pdf", ""]),
    ),
)


@settings(FUZZED, max_examples=80)
@given(st.sets(FOLDER_NAMES, max_size=8), st.integers(0, 255))
def test_every_entry_of_a_batch_is_answered_for(names: set[bytes], folders: int) -> None:
    """Every entry of a batch is accounted for.

    Each person, and each other name, is one submission; the names are safe and differ.
    """
    with batch() as folder:
        folder.mkdir()
        for index, name in enumerate(sorted(names)):
            path = folder / os.fsdecode(name)
            if folders >> index & 1:
                path.mkdir()
            else:
                path.write_bytes(b"x = 1\n")
        try:
            found = discover([folder], LIMITS)
        except UsageError:
            found = []
        shutil.rmtree(folder)
    visible = {os.fsdecode(name) for name in names if not name.startswith(b".")}
    people = recognise(visible)
    alone = visible - people.keys()
    assert len(found) == len(alone) + len({(platform, upload.owner) for platform, upload in people.values()})
    assert {one.origin.name for one in found} >= alone
    listed = [name for one in found for name in one.identity.earlier_attempts]
    assert len(listed) + len(found) <= len(visible)
    assert len({one.name.casefold() for one in found}) == len(found)
    for one in found:
        check(one)
