"""SECURITY.md claims nothing that no test proves: every cell of its table names tests, and they all exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / ".github" / "SECURITY.md"
NAME = re.compile(r"`(test_\w+)::(test_\w+)(?:\[([\w-]+)\])?`")


def table() -> tuple[list[str], list[list[str]]]:
    """The backends, and for each guarantee its cells."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    begin = next(number for number, line in enumerate(lines) if line.startswith("| guarantee |"))
    rows = []
    for line in lines[begin:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows[0][1:], rows[2:]


@pytest.fixture(scope="module")
def collected() -> set[tuple[str, str, str]]:
    """File, function and parameters of every test of the sandbox."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "--exhaustive", "-q", "-p", "no:cacheprovider"]
    command.append("tests/sandbox")
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = re.findall(r"^tests/sandbox/(\w+)\.py::(\w+)(?:\[(.*)\])?$", done.stdout, re.MULTILINE)
    assert done.returncode == 0, done.stdout[-2000:]
    return set(found)


def test_every_cell_names_a_test(collected: set[tuple[str, str, str]]) -> None:
    """No guarantee is claimed or denied for a backend without a test that exists."""
    backends, rows = table()
    assert len(rows) > 15
    for guarantee, *cells in rows:
        assert len(cells) == len(backends), guarantee
        for backend, cell in zip(backends, cells, strict=True):
            named = NAME.findall(cell)
            assert named, f"{guarantee}, {backend}: no test is named"
            for file, function, variant in named:
                variants = [f"-{given}-" for f, g, given in collected if (f, g) == (file, function)]
                assert variants, f"{guarantee}, {backend}: {file}::{function} does not exist"
                assert any(f"-{variant}-" in given for given in variants) or not variant, f"{function}[{variant}]"


def test_a_cell_is_about_its_own_backend() -> None:
    """A test with the name of a backend in its brackets stands in that backend's column."""
    backends, rows = table()
    for guarantee, *cells in rows:
        for backend, cell in zip(backends, cells, strict=True):
            others = {variant for _, _, variant in NAME.findall(cell)} & set(backends) - {backend}
            assert not others, f"{guarantee}, {backend}: proved with {others}"


def test_every_backend_has_a_column() -> None:
    """A backend that is registered is described."""
    from grader.sandbox import BACKENDS

    assert set(table()[0]) == set(BACKENDS)
