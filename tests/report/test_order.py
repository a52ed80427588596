"""Names are sorted as people sort them, in tables and files."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from grader.i18n import translator
from grader.model import Identity, Result
from grader.output import save_batch
from grader.report.order import in_order, natural

SORTED = (
    ["s1", "s2", "s10", "s10a", "s11", "s100"],
    ["s", "s1", "s1-2", "s1-10"],
    ["Ana", "ana2", "Boris", "chris"],
    ["élise", "Emil", "Özil", "Paul"],
    ["Ёлкин", "Емельянов", "Иванов", "Йод", "Яковлев1", "Яковлев2", "Яковлев10"],
    ["работа 2", "работа 10"],
    ["٢", "١٠"],
    ["漢2", "漢10"],
    ["007", "8", "0010"],
    ["9" * 5000, "1" + "0" * 5000],
    ["1", "-", "a"],
)


@pytest.mark.parametrize("names", SORTED, ids=lambda names: f"{names[0][:9]}…")
def test_names_are_sorted_as_people_do(names: list[str]) -> None:
    """Numbers sort by value; capitals and accents don't matter."""
    shuffled = random.Random(0).sample(names, len(names))
    assert sorted(shuffled, key=natural) == names


def test_the_order_is_the_same_each_time() -> None:
    """The order is the same each time. Names that differ only in capitals or leading zeros have one, too."""
    names, others = ["a1", "A1", "a01", "A01"], ["A01", "a01", "A1", "a1"]
    assert sorted(names, key=natural) == sorted(others, key=natural)


def test_the_files_of_a_batch_are_in_order(passed: Result, tmp_path: Path) -> None:
    """The files of a batch are in order of names."""
    results = [replace(passed, identity=Identity(name)) for name in ("s10", "s1", "s2")]
    assert [result.submission for result in in_order(results)] == ["s1", "s2", "s10"]
    save_batch(tmp_path, results, translator("en"))
    rows = (tmp_path / "grades.csv").read_text(encoding="utf-8-sig").splitlines()[1:]
    assert [row.split(",")[2] for row in rows] == ["s1", "s2", "s10"]
