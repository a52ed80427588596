"""Tests of which part of an upload is graded."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from grader.gradescope.submitted import Unclear, submitted

NOTEBOOK = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'


def _zip(*names: str) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as packed:
        for name in names:
            packed.writestr(name, "x = 1\n")
    return whole.getvalue()


def upload(folder: Path, *names: str) -> Path:
    """Make a folder with these files."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        content = _zip("student/net.py") if name.endswith(".zip") else b"x = 1\n"
        path.write_bytes(NOTEBOOK.encode() if name.endswith(".ipynb") else content)
    return folder


@pytest.mark.parametrize(
    ("names", "graded"),
    [
        (("net.py", "objective.py", "training.py"), "."),
        (("net.py", "blocks/residual.py", "README.txt"), "."),
        (("student/net.py", "README.txt"), "student"),
        (("hw.zip",), "hw.zip"),
        (("hw.zip", "notes.txt"), "hw.zip"),
        (("homework/student/net.py", "report.pdf"), "homework"),
        (("__MACOSX/x", "a/net.py"), "a"),
        (("notes.txt",), "notes.txt"),
    ],
)
def test_one_thing_is_found(tmp_path: Path, names: tuple[str, ...], graded: str) -> None:
    """The submission is found whatever lies beside it. Where nothing can be graded, grading what is found says why."""
    folder = upload(tmp_path / "submission", *names)
    assert submitted(folder, tmp_path / "stage") == (folder / graded).resolve()


def test_modules_go_before_a_notebook_beside_them(tmp_path: Path) -> None:
    """Modules are graded rather than a notebook beside them.

    A copy of the modules is graded, and the upload stays as it was.
    """
    folder = upload(tmp_path / "submission", "net.py", "training.py", "draft.ipynb", "old.zip", "blocks/a.py")
    found = submitted(folder, tmp_path / "stage")
    assert found == tmp_path / "stage"
    assert sorted(path.relative_to(found).as_posix() for path in found.rglob("*.*")) == [
        *("blocks/a.py", "net.py", "training.py"),
    ]
    assert (folder / "draft.ipynb").is_file()


@pytest.mark.parametrize(
    ("names", "hint"),
    [
        (("a.zip", "b.zip"), "several"),
        (("student/net.py", "net.py"), "several"),
        ((), "nothing"),
        ((".DS_Store",), "nothing"),
    ],
)
def test_what_cannot_be_told_is_said(tmp_path: Path, names: tuple[str, ...], hint: str) -> None:
    """An unclear upload is refused with the reason."""
    folder = upload(tmp_path / "submission", *names)
    with pytest.raises(Unclear) as unclear:
        submitted(folder, tmp_path / "stage")
    assert unclear.value.hint == hint


def test_no_folder_is_nothing(tmp_path: Path) -> None:
    """A missing upload folder is refused without a traceback."""
    with pytest.raises(Unclear):
        submitted(tmp_path / "submission", tmp_path / "stage")
