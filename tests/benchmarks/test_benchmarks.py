"""Tests of the benchmarks' table, with made-up figures."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from tests.benchmarks.base import Goal, Row, Unit
from tests.benchmarks.registry import SUBJECTS
from tests.benchmarks.table import BEGIN, END, HEAD, render, replaced

UNIT = Unit("`import torch`", (1.0, 2.0, 4.0))
ROWS = {
    "first": [
        Row("three rounds", (0.5, 3.0, 2.0), unit=UNIT, wanted=Goal(0.6)),
        Row("a rate", (1234.0, 1200.0), "/min", wanted=Goal(1300, at_most=False)),
    ],
    "second": [Row("cannot be | made", (), remark="no network", wanted=Goal(1.0))],
}


def cells(table: str) -> list[list[str]]:
    """The cells of a page's first table, row by row. They are what a reader of Markdown sees."""
    rows: list[list[str]] = []
    for token in MarkdownIt().enable("table").parse(table):
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and rows:
            rows[-1].append(token.content)
    return rows


def test_table_shows_medians_ranges_and_goals() -> None:
    """A row shows median, range, ratio, goal and verdict. The ratio is the median of the ratios round by round."""
    head, first, three, rate, second, missing = cells(render(ROWS, "a machine"))
    assert head == list(HEAD)
    assert first == ["**first**", "", "", "", "", ""]
    assert three == ["three rounds", "2.00 s", "0.50 to 3.00", "0.50 × `import torch`", "≤ 0.6 ×", "yes"]
    assert rate == ["a rate", "1,217 /min", "1,200 to 1,234", "", "≥ 1300 /min", "**no**"]
    assert second[0] == "**second**"
    assert missing == ["cannot be | made", "", "no network", "", "≤ 1 s", ""]


def test_machine_stands_above_the_table() -> None:
    """The machine is named above the table. Figures mean nothing without it."""
    assert render(ROWS, "a machine").startswith("a machine\n\n| what |")


def test_goal_is_about_the_ratio_where_there_is_one() -> None:
    """A goal bounds the ratio, or the median without a unit. It bounds it from above or from below."""
    assert Row("slow", (9.0, 9.0, 9.0), wanted=Goal(8.0)).reached is False
    assert Row("slow, but so is the unit", (9.0, 9.0, 9.0), unit=UNIT, wanted=Goal(8.0)).reached is True
    assert Row("fast enough", (9.0,), wanted=Goal(8.0, at_most=False)).reached is True
    assert Row("no goal", (9.0,)).reached is None


def test_ratios_are_of_the_same_rounds() -> None:
    """Values of different rounds make no ratio."""
    with pytest.raises(ValueError, match="longer"):
        _ = Row("two rounds", (1.0, 2.0), unit=UNIT).ratio


def test_table_is_replaced_where_it_stands() -> None:
    """A new table replaces the old one on the page.

    The rest of the page stays, and a page without a place for the table is refused.
    """
    page = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    written = replaced(page, "new\n")
    assert "old" not in written
    assert written.startswith(f"before\n{BEGIN}\n")
    assert written.endswith(f"new\n\n{END}\nafter\n")
    assert replaced(written, "new\n") == written
    with pytest.raises(ValueError, match="no place"):
        replaced("before\n", "new\n")


def measuring(path: Path) -> set[str]:
    """The measuring functions of a module, named as in the registry. They take a `Bench` and return rows."""
    functions = [node for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, ast.FunctionDef)]
    return {
        f"{path.stem}:{function.name}"
        for function in functions
        if not function.name.startswith("_")
        and [ast.unparse(arg.annotation) for arg in function.args.args if arg.annotation] == ["Bench"]
        and function.returns is not None
        and ast.unparse(function.returns) == "list[Row]"
    }


def test_every_subject_is_in_the_registry() -> None:
    """The registry lists every measuring function and nothing else."""
    here = Path(__file__).parent
    found = set().union(*(measuring(path) for path in here.glob("*.py")))
    assert len(found) >= 8
    assert sorted(subject.place for subject in SUBJECTS.values()) == sorted(found)


def test_every_subject_is_described() -> None:
    """The benchmarks' page describes every subject, and marks the slow ones."""
    page = (Path(__file__).parent / "README.md").read_text("utf-8")
    for name, subject in SUBJECTS.items():
        assert f"| `{name}` {'(slow) ' if subject.slow else ''}| " in page
    assert replaced(page, "new")
