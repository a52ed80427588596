"""Placeholders in an nbgrader course are nobody's work. No file that was handed in hides work."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grader.autograde import PLACEHOLDER_FILE
from grader.intake import discover

STUB = "# handed in elsewhere: ada.zip"
NET = "from torch import nn\n\n\nclass Net(nn.Module):\n    pass\n"


def put(folder: Path, *cells: str, marked: bool = True, time: str = "") -> Path:
    """Write an assignment's folder, with a notebook of these cells; return it."""
    folder.mkdir(parents=True)
    code = [{"cell_type": "code", "source": source, "metadata": {}, "outputs": []} for source in cells]
    document = {"cells": code, "metadata": {"perceptron_grader": {"placeholder": True}}, "nbformat": 4}
    (folder / "homework.ipynb").write_text(json.dumps(document), encoding="utf-8")
    if marked:
        (folder / PLACEHOLDER_FILE).write_bytes(b"Written by `grader export nbgrader`\n")
    if time:
        (folder / "timestamp.txt").write_text(time, encoding="utf-8")
    return folder


@pytest.fixture
def submitted(tmp_path: Path) -> Path:
    """The folder of what was handed in, with somebody's work in it."""
    put(tmp_path / "eve" / "homework_en", NET, marked=False)
    return tmp_path


def names(submitted: Path) -> list[str]:
    """The names of all that is taken."""
    return [one.name for one in discover([submitted]) if one.problem is None]


def test_a_placeholder_is_nobodys_work(submitted: Path) -> None:
    """Placeholders are left out, those of several assignments too."""
    put(submitted / "ada" / "homework_en", STUB)
    put(submitted / "ada" / "homework_ru", STUB)
    assert names(submitted) == ["eve"]


def test_the_mark_hides_no_notebook(submitted: Path) -> None:
    """A notebook with work in it counts, whatever lies beside it and its metadata say."""
    put(submitted / "ada" / "homework_en", STUB, NET)
    assert names(submitted) == ["ada", "eve"]


def test_the_mark_hides_no_package(submitted: Path) -> None:
    """A package counts, wherever the mark lies."""
    for name, place in {"ada": "student", "bob": "homework_en", "cid": "homework_en/student"}.items():
        folder = submitted / name / place
        folder.mkdir(parents=True)
        (folder / "net.py").write_text(NET)
        (folder / PLACEHOLDER_FILE).touch()
    put(submitted / "dan" / "homework_en", STUB)
    (submitted / "dan" / "net.py").write_text(NET)
    assert names(submitted) == ["ada", "bob", "cid", "dan", "eve"]


@pytest.mark.parametrize("content", [b"no JSON", b'{"cells":' + b"[" * 100_000], ids=["no JSON", "deep"])
def test_the_mark_hides_nothing_that_cannot_be_read(content: bytes, submitted: Path) -> None:
    """What cannot be read is told as it is told without the mark."""
    (put(submitted / "ada" / "homework_en", STUB) / "homework.ipynb").write_bytes(content)
    (found, _) = discover([submitted])
    assert found.problem is not None
    assert found.problem.hint == "intake/notebook-broken"


def test_work_beside_a_placeholder_counts(submitted: Path) -> None:
    """Work in the other language's assignment counts, with its own time. The placeholder is passed over."""
    put(submitted / "ada" / "homework_en", STUB, time="2026-01-01 10:00:00 UTC")
    put(submitted / "ada" / "homework_ru", NET, marked=False, time="2026-02-02 10:00:00 UTC")
    (found, _) = discover([submitted])
    assert (found.name, found.problem, found.identity.submitted) == ("ada", None, "2026-02-02T10:00:00Z")
    assert "net.py" in found.files
