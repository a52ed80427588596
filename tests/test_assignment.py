"""Tests of `assignment.toml`. Every key is checked, and it agrees with the hidden tests and the catalogues."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from grader.assignment import DEFAULT, load_assignment
from grader.errors import AssignmentError
from grader.i18n import LANGUAGES, messages, placeholders
from grader.judge.collect import collect

CONTRACT = {"structure": 20, "dropout": 15, "objective": 15, "training": 20, "accuracy": 30, "integrity": 0}
HIDDEN = DEFAULT.parent / "hidden"
TEXT = DEFAULT.read_text(encoding="utf-8")


def changed(tmp_path: Path, old: str, new: str) -> tuple[Path, int]:
    """Replace one passage of the assignment. Returns the path and the line in which the passage begins."""
    assert TEXT.count(old) == 1, old
    path = tmp_path / "assignment.toml"
    path.write_text(TEXT.replace(old, new), encoding="utf-8")
    return path, TEXT[: TEXT.index(old)].count("\n") + 1


def complaint(path: Path, tests: frozenset[str] | None = None) -> str:
    """The one line that refuses an assignment."""
    with pytest.raises(AssignmentError) as refused:
        load_assignment(path, tests=tests)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_points_are_those_of_the_contract() -> None:
    """Points by category are those of the contract, 100 in all."""
    points = load_assignment().points
    by_category: Counter[str] = Counter()
    for test, worth in points.items():
        by_category[test.partition("/")[0]] += worth  # type: ignore[assignment]  # points may be fractions
    assert dict(by_category) == CONTRACT


def test_every_hidden_test_has_its_points() -> None:
    """Every hidden test has its points, and nothing else does."""
    tests = collect()
    assert set(load_assignment(tests=frozenset(tests)).points) == set(tests)


def test_the_target_is_the_one_of_the_contract() -> None:
    """The goals are those of the contract.

    MNIST needs 99 %, with part of the points from 95 % and 98 %; the digits need 97 %.
    """
    assignment = load_assignment()
    assert assignment.bars_for("mnist").bars == [0.95, 0.98, 0.99]
    assert assignment.bars_for("mnist").target == 0.99
    assert assignment.bars_for("digits").target == 0.97


@pytest.mark.parametrize(
    ("old", "new", "allowed"),
    [
        ("max_parameters", "max_parameter", "max_parameters"),
        ("train_seconds", "train_second", "train_seconds"),
        ("redraw_weights", "redraw_weight", "redraw_weights"),
        ("[limits]", "[limit]", "limits"),
        ("near_miss = 0.002", "near_mis = 0.002", "near_miss"),
        ('language = "en"', 'languages = "en"', "language"),
    ],
    ids=lambda value: value.strip("[]").split(" ")[0],
)
def test_a_typing_error_in_a_key_is_told_with_its_line(old: str, new: str, allowed: str, tmp_path: Path) -> None:
    """A misspelt key is named with its line. The message says what may stand there."""
    path, line = changed(tmp_path, old, new)
    said = complaint(path)
    assert said.startswith(f"assignment.toml:{line}: ")
    assert new.strip("[]").split(" ")[0] in said
    assert allowed in said.partition("allowed here: ")[2].partition("; ")[0].split(", ")
    assert said.endswith(f"; did you mean `{allowed}`?")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("memory_mb = 4096", 'memory_mb = "4096"'),
        ("memory_mb = 4096", "memory_mb = 0"),
        ("processes = 96", "processes = 3"),
        ("train_seconds = 900", "train_seconds = -1"),
        ("relabel = true", 'relabel = "yes"'),
        ("noise = 1 ", "noise = 300 "),
        ("max_untrained_accuracy = 0.60", "max_untrained_accuracy = 60"),
        ('language = "en"', 'language = "de"'),
        ('"structure/loads" = ', '"structure/loads" = -'),  # makes the points negative, however many they are
        ("bars = [0.95, 0.98, 0.99]", "bars = [95, 98, 99]"),
        ("bars = [0.95, 0.98, 0.99]", "bars = [0.98, 0.99]"),
    ],
    ids=lambda value: value.strip(),
)
def test_a_value_out_of_range_is_told_with_its_line(old: str, new: str, tmp_path: Path) -> None:
    """A value out of range is refused with its line. Nobody grades a class with a limit of nothing."""
    path, line = changed(tmp_path, old, new)
    assert complaint(path).startswith(f"assignment.toml:{line}: ")


def test_a_missing_key_is_told(tmp_path: Path) -> None:
    """A missing key is refused. Limits have no silent defaults."""
    path, _ = changed(tmp_path, "processes = 96\n", "")
    assert "processes" in complaint(path)


def test_bars_of_both_data_sets_are_needed(tmp_path: Path) -> None:
    """Bars of both data sets are needed. Otherwise a run would find them missing halfway."""
    path, _ = changed(tmp_path, TEXT[TEXT.index("[accuracy.digits]") : TEXT.index("[limits]")], "")
    assert "digits" in complaint(path)


def test_points_for_a_test_that_does_not_exist(tmp_path: Path) -> None:
    """Points for an unknown test are refused with their line. The right name is suggested."""
    path, line = changed(tmp_path, '"training/epochs"', '"training/epoch"')
    said = complaint(path, frozenset(collect()))
    assert said.startswith(f"assignment.toml:{line}: there is no hidden test `training/epoch`")
    assert said.endswith("; did you mean `training/epochs`?")


def test_what_is_no_toml_is_told_with_its_line(tmp_path: Path) -> None:
    """Invalid TOML is refused with its line."""
    path, line = changed(tmp_path, "processes = 96", "processes 96")
    said = complaint(path)
    assert said.startswith("assignment.toml")
    assert f"line {line}" in said


@pytest.mark.parametrize("content", [None, b"\xff\xfe"], ids=["missing", "not UTF-8"])
def test_a_file_that_cannot_be_read(content: bytes | None, tmp_path: Path) -> None:
    """A file that cannot be read is named in one line."""
    path = tmp_path / "assignment.toml"
    if content is not None:
        path.write_bytes(content)
    assert "assignment.toml" in complaint(path)


def ids_in(node: ast.AST) -> set[str]:
    """Strings below `node` that look like message or test ids."""
    texts = [c.value for c in ast.walk(node) if isinstance(c, ast.Constant) and isinstance(c.value, str)]
    return {text for text in texts if re.fullmatch(r"[a-z]+/[a-z0-9-]+", text)}


def hints_in_the_hidden_tests() -> dict[str, frozenset[str]]:
    """Message ids in the hidden tests, with their data. The data is known where a call of `fail` spells it out."""
    found: dict[str, frozenset[str]] = {}
    for path in HIDDEN.glob("test_*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found = dict.fromkeys(ids_in(tree), frozenset()) | found
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "fail":
                names = [keyword.arg for keyword in node.keywords]
                if all(names):
                    data = frozenset(map(str, names)) - {"staff_note"}
                    found |= dict.fromkeys(ids_in(node.args[0]), data)
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_hint_has_its_message(language: str) -> None:
    """Every id that a hidden test can name has a message.

    This holds in both languages, so no student reads a bare id.
    """
    known = messages(language)
    hints = hints_in_the_hidden_tests().keys() - collect().keys()
    assert len(hints) > 60
    assert sorted(hints - known.keys()) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_gets_the_data_it_asks_for(language: str) -> None:
    """Every message gets the data for its placeholders. Checked where a test spells out the data."""
    known = messages(language)
    hints = {hint: data for hint, data in hints_in_the_hidden_tests().items() if data}
    assert len(hints) > 20
    assert {h: placeholders(known[h]) - data for h, data in hints.items() if placeholders(known[h]) - data} == {}
