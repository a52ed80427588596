"""Tests of the files kept or refused in a folder."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.intake import IntakeLimits, discover
from grader.intake.folder import read_regular
from grader.intake.limits import Refused
from tests.testing.handed_in import MODULES, hint_of, only, write_files, write_zip

LIMITS = IntakeLimits()


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A submission with the three modules."""
    return write_files(tmp_path / "work")


@pytest.fixture
def readable_to_none() -> Iterator[Path]:
    """A submission with an unreadable `objective.py`. This process cannot read it even as root."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        work = write_files(Path(folder) / "work")
        (work / "objective.py").chmod(0)
        user = os.geteuid()
        if user == 0:
            os.seteuid(65534)
        try:
            yield work
        finally:
            os.seteuid(user)


def test_own_modules_sub_packages_and_text_data_are_kept(work: Path) -> None:
    """Modules, sub-packages and small text data are kept. They stay in their places."""
    write_files(
        work, {"blocks/residual.py": "", "blocks/__init__.py": "", "config.json": "{}", "data.py": "", "модуль.py": ""}
    )
    expected = {*MODULES, "blocks/residual.py", "blocks/__init__.py", "config.json", "data.py", "модуль.py"}
    assert set(only(work).files) == expected


@pytest.mark.parametrize(
    "name",
    [
        ".git/config.py",
        ".hidden.py",
        "__pycache__/net.cpython-311.py",
        "venv/lib/torch.py",
        "my-env/lib/torch.py",
        "kit.egg-info/x.txt",
        "test_net.py",
        "tests/test_net.py",
        "conftest.py",
        "loss.png",
        "homework.ipynb",
        "model.pt",
        "data/MNIST/raw/train-images-idx3-ubyte",
        "README.md",
    ],
)
def test_what_is_no_part_of_the_work_is_left_out(work: Path, name: str) -> None:
    """Files that are no part of the work are left out.

    These are caches, environments, tests, figures, notebooks, checkpoints and data sets; none counts towards a bound.
    """
    write_files(work, {name: b"\x00" * (LIMITS.total_bytes + 1), "my-env/pyvenv.cfg": ""})
    assert set(only(work).files) == set(MODULES)


def test_left_out_folders_are_not_even_listed(work: Path) -> None:
    """Folders that are left out are not even listed.

    A large `.git` or environment does not use up the bound on entries.
    """
    for index in range(30):
        write_files(work, {f".git/{index}": "", f"env/{index}": ""})
    write_files(work, {"env/pyvenv.cfg": ""})
    assert hint_of(work, replace(LIMITS, listed=60)) is None
    assert hint_of(work, replace(LIMITS, listed=10)) == "intake/too-many-files"


@pytest.mark.parametrize("target", ["/etc/passwd", "net.py", "nowhere", "."])
def test_a_link_is_refused_wherever_it_leads(work: Path, target: str) -> None:
    """A link is refused wherever it leads. It may lead to a file of the submission, to a folder, or nowhere."""
    (work / "extra.py").symlink_to(target)
    assert hint_of(work) == "intake/link"


@pytest.mark.parametrize("linked", ["net.py", "student"])
def test_the_package_itself_may_not_be_a_link(tmp_path: Path, linked: str) -> None:
    """A link as `net.py` or `student` is refused."""
    real = write_files(tmp_path / "real")
    work = tmp_path / "work"
    work.mkdir()
    (work / linked).symlink_to(real / "net.py" if linked == "net.py" else real)
    problem = only(work).problem
    assert problem is not None
    assert (problem.hint, problem.data) == ("intake/link", {"file": linked})


def test_links_in_what_is_left_out_do_no_harm(work: Path) -> None:
    """Links in folders that are left out do no harm. Every virtual environment is full of them."""
    write_files(work, {"env/pyvenv.cfg": ""})
    (work / "env" / "python").symlink_to("/usr/bin/python3")
    (work / ".latest").symlink_to("net.py")
    assert hint_of(work) is None


def test_a_fifo_is_refused_without_waiting_for_its_writer(work: Path) -> None:
    """A FIFO is refused without waiting for its writer."""
    os.mkfifo(work / "helpers.py")
    assert hint_of(work) == "intake/special"


def test_a_file_without_permission_is_refused(readable_to_none: Path) -> None:
    """A file without permission is refused. The message names it."""
    problem = only(readable_to_none).problem
    assert problem is not None
    assert (problem.hint, problem.data) == ("intake/unreadable", {"file": "objective.py"})


def test_a_folder_that_may_be_listed_and_not_entered_is_unreadable(readable_to_none: Path) -> None:
    """A folder that cannot be entered is called unreadable. Its listing shows `net.py`, so it is not called missing."""
    user = os.geteuid()
    os.seteuid(os.getuid())
    write_files(readable_to_none.parent / "batch" / "alice").chmod(0o744)
    os.seteuid(user)
    (problem,) = (one.problem for one in discover([readable_to_none.parent / "batch"]))
    assert problem is not None
    assert (problem.hint, problem.data) == ("intake/unreadable", {"file": "net.py"})


def test_a_folder_without_permission_is_refused_in_a_batch_and_wrong_usage_as_one(readable_to_none: Path) -> None:
    """A closed folder in a batch is that student's problem. A closed batch is wrong usage."""
    closed = readable_to_none.parent
    user = os.geteuid()
    os.seteuid(os.getuid())
    (closed / "alice").mkdir(mode=0)
    closed_batch = closed / "batch"
    closed_batch.mkdir(mode=0)
    os.seteuid(user)
    problems = {one.name: one.problem and one.problem.hint for one in discover([closed])}
    assert problems == {"alice": "intake/unreadable", "batch": "intake/unreadable", "work": "intake/unreadable"}
    with pytest.raises(UsageError, match="permissions"):
        discover([closed_batch])


def test_a_declared_encoding_and_a_byte_order_mark_are_accepted(work: Path) -> None:
    """A declared encoding and a byte order mark are accepted. This follows PEP 263, and the bytes stay as they are."""
    sources = {
        "cyrillic.py": "# -*- coding: cp1251 -*-\nname = 'Перцептрон'\n".encode("cp1251"),
        "mark.py": b"\xef\xbb\xbfx = 1\n",
        "latin.py": "#!/usr/bin/python\n# coding: latin-1\nname = 'café'\n".encode("latin-1"),
    }
    files = only(write_files(work, sources)).files
    assert {name: files[name] for name in sources} == sources


@pytest.mark.parametrize(
    "source",
    [
        "name = 'Перцептрон'\n".encode("cp1251"),
        b"# coding: utf-8\n\xff\n",
        b"# coding: no-such-codec\n",
        b"# coding: punycode\nx = 1\n",
        b"# coding: unicode_escape\nx = 1\n",
        b"# coding: rot13\nk = 1\n",
        b"\xef\xbb\xbf# coding: latin-1\n",
    ],
)
def test_source_in_no_readable_encoding_is_refused(work: Path, source: bytes) -> None:
    """Source in no readable encoding is refused.

    It is undeclared, wrongly declared, unknown, or turns ASCII into other code.
    """
    (work / "extra.py").write_bytes(source)
    assert hint_of(work) == "intake/encoding"


@pytest.mark.parametrize("source", [b"x = 1\x00\n", "x = 1\n".encode("utf-16")])
def test_source_with_null_bytes_is_refused(work: Path, source: bytes) -> None:
    """Source with null bytes is refused. UTF-16 has them, and binaries called `.py`."""
    (work / "net.py").write_bytes(source)
    assert hint_of(work) == "intake/null-bytes"


def test_data_is_not_checked_for_its_encoding(work: Path) -> None:
    """Data is not checked for its encoding. Only what Python reads as source has to be readable text."""
    (work / "labels.csv").write_bytes(b"\xff\x00")
    assert hint_of(work) is None


@pytest.mark.parametrize("name", [b"bad\xff.py", b"two\nlines.py", b"back\\slash.py"])
def test_names_that_not_every_system_has_are_refused(work: Path, name: bytes) -> None:
    """Names that not every system has are refused.

    They hold invalid UTF-8, control characters or backslashes, and the message shows them on one plain line.
    """
    (work / os.fsdecode(name)).touch()
    problem = only(work).problem
    assert problem is not None
    assert problem.hint == "intake/bad-name"
    assert str(problem.data["file"]).isprintable()
    str(problem.data["file"]).encode()


def test_names_that_differ_in_case_alone_are_refused(work: Path) -> None:
    """Names that differ only in case are refused. On many systems they are one file."""
    write_files(work, {"Blocks.py": "", "blocks.py": ""})
    assert hint_of(work) == "intake/duplicate"


@pytest.mark.parametrize(
    ("files", "limits", "hint"),
    [
        ({"a.py": "#" * 101}, {"file_bytes": 100}, "intake/file-too-large"),
        ({"a.py": "#" * 100}, {"file_bytes": 100}, None),
        ({"a.txt": "#" * 100, "b.txt": "#" * 100}, {"total_bytes": 199}, "intake/too-large"),
        ({"a/b/c.py": ""}, {"depth": 3}, None),
        ({"a/b/c.py": ""}, {"depth": 2}, "intake/too-deep"),
        ({"a/b/c/d/figure.png": ""}, {"depth": 2}, None),
        ({"a.py": ""}, {"files": 4}, None),
        ({"a.py": ""}, {"files": 3}, "intake/too-many-files"),
        ({"a.txt": "#" * 100, "b.txt": "#" * 100}, {"total_bytes": 200}, None),
        ({"abcdefgh.py": ""}, {"path_bytes": 11}, None),
        ({"abcdefgh.py": ""}, {"path_bytes": 10}, "intake/long-name"),
        ({f"{'д' * 99}.py": ""}, {}, "intake/long-name"),
    ],
)
def test_every_bound_is_kept(tmp_path: Path, files: dict[str, str], limits: dict[str, int], hint: str | None) -> None:
    """Every bound is kept exactly. At the bound is fine, one over is refused, and files left out do not count."""
    short = {"net.py": "", "o.py": "", "t.py": ""}
    work = write_files(tmp_path / "work", {**short, **files})
    assert hint_of(work, replace(LIMITS, **limits)) == hint


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
@pytest.mark.parametrize(
    ("files", "hint", "data"),
    [
        ({"net.py/x.py": ""}, "intake/net-is-folder", {"file": "net.py/"}),
        ({"student/net.py/x.py": ""}, "intake/net-is-folder", {"file": "student/net.py/"}),
        (
            {"student/Net.py": "", "student/a.py": ""},
            "intake/net-miscalled",
            {"file": "student/Net.py", "wanted": "net.py"},
        ),
        ({"NET.PY": ""}, "intake/net-miscalled", {"file": "NET.PY", "wanted": "net.py"}),
        (
            {"Student/a.py": "", "Student/b/c.py": "", "docs/d.txt": "", "e.txt": ""},
            "intake/no-net",
            {"found": "Student/a.py, Student/b/, docs/, e.txt"},
        ),
    ],
)
def test_what_is_there_in_place_of_net_py_is_said(
    tmp_path: Path, files: dict[str, str], hint: str, data: dict[str, str], packed: bool
) -> None:
    """A missing `net.py` is explained by what is there.

    It may be a folder of that name, a similar name, or other contents of `student`.
    """
    work = (
        write_zip(tmp_path / "batch" / "work.zip", files) if packed else write_files(tmp_path / "batch" / "work", files)
    )
    (problem,) = (one.problem for one in discover([work.parent]))
    assert problem is not None
    found = dict(problem.data)
    if renames := found.get("renames"):
        assert isinstance(renames, tuple)
        found = dict(renames[0].data)
    assert (problem.hint, found) in [
        (hint, data),
        (hint, {key: text.removeprefix("student/") for key, text in data.items()}),
    ]


def test_only_a_regular_file_is_read(tmp_path: Path) -> None:
    """Only a regular file is read. A folder in its place is refused, and is not taken for a failing disk."""
    with pytest.raises(Refused) as refused:
        read_regular(tmp_path, 10)
    assert refused.value.problem.hint == "intake/special"
