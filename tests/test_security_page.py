"""SECURITY.md claims only what tests prove. Below Proofs each cell of its table has tests, and they all exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / ".github" / "SECURITY.md"
NAME = re.compile(r"`(test_\w+)::(test_\w+)(?:\[([\w-]+)\])?`")
HEAD = "| | guarantee |"
LONGEST = 260
"""The longest line of table or proofs, in characters. So both can be read as they are."""


def table() -> tuple[list[str], list[list[str]]]:
    """Read the table: its backends and its guarantees. A guarantee has a number, words and cells."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    begin = next(number for number, line in enumerate(lines) if line.startswith(HEAD))
    rows = []
    for line in lines[begin:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows[0][2:], rows[2:]


def proofs() -> tuple[list[list[str]], dict[tuple[str, str], list[tuple[str, str, str]]]]:
    """Read the guarantees and their tests below Proofs. By number and backend these are file, function and variant."""
    heads: list[list[str]] = []
    found: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
    for line in PAGE.read_text(encoding="utf-8").partition("## Proofs")[2].splitlines():
        if head := re.match(r"(\d+)\. (.+)", line):
            heads.append([head[1], head[2]])
        elif line.startswith("    - "):
            backends, _, tests = line.removeprefix("    - ").partition(": ")
            for backend in backends.split(", "):
                found.setdefault((heads[-1][0], backend), []).extend(NAME.findall(tests))
    return heads, found


@pytest.fixture(scope="module")
def collected() -> set[tuple[str, str, str]]:
    """Collect file, function and parameters of every sandbox test."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "--exhaustive", "-q", "-p", "no:cacheprovider"]
    command.append("tests/sandbox")
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = re.findall(r"^tests/sandbox/(\w+)\.py::(\w+)(?:\[(.*)\])?$", done.stdout, re.MULTILINE)
    assert done.returncode == 0, done.stdout[-2000:]
    return set(found)


def test_every_cell_has_a_test(collected: set[tuple[str, str, str]]) -> None:
    """Every cell names tests that exist. They run with the backend for which a guarantee is claimed or denied."""
    backends, rows = table()
    _, named = proofs()
    assert len(rows) > 15
    assert set(named) == {(row[0], backend) for row in rows for backend in backends}
    for (number, backend), tests in named.items():
        assert tests, f"{number}, {backend}: no test is named"
        for file, function, variant in tests:
            variants = [f"-{given}-" for f, g, given in collected if (f, g) == (file, function)]
            assert variants, f"{number}, {backend}: {file}::{function} does not exist"
            if variant:
                assert any(f"-{variant}-" in given for given in variants), f"{function}[{variant}] does not exist"
            elif any(f"-{other}-" in given for given in variants for other in backends):
                assert any(f"-{backend}-" in given for given in variants), f"{function} is not run with {backend}"


def test_table_and_proofs_are_about_the_same() -> None:
    """Table and proofs have the same numbers and words."""
    rows, (heads, _) = table()[1], proofs()
    assert [row[:2] for row in rows] == heads
    assert [number for number, _ in heads] == [str(number) for number in range(1, len(heads) + 1)]


def test_the_table_is_short() -> None:
    """The table is short. Its cells are words without names of tests, and each word is explained."""
    _, rows = table()
    text = PAGE.read_text(encoding="utf-8")
    explained = text.partition("| word | meaning |")[2].partition("\n\n")[0]
    for row in rows:
        assert max(map(len, row[2:])) <= len("watched, not in flight"), row
        for word in {word for cell in row[2:] for word in cell.split(", ")}:
            assert word in explained, word
    listed = text.partition("## Proofs")[2].splitlines()
    assert max(len(line) for line in listed[4:]) <= LONGEST


def test_every_backend_has_a_column() -> None:
    """Every registered backend has a column."""
    from grader.sandbox import BACKENDS

    assert set(table()[0]) == set(BACKENDS)
