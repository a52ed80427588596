"""The chapters are twins, nbgrader sources, and can be run. One is English, one Russian."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import nbformat
import pytest
import torch
from nbconvert.filters import markdown2html
from nbgrader.preprocessors import Execute
from nbgrader.utils import determine_grade, is_grade
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from grader.assignment import load_assignment
from grader.release.stated import category_points
from solutions.objective import N_EPOCHS
from tests.testing.chapters import CHECKS, LANGUAGES, chapter, code_of, source, write_tests
from tests.testing.small_mnist import write_small_mnist

CELL_SECONDS = 240  # ends a cell that hangs


def statements(code: str) -> list[str]:
    """Return the syntax of `code`, node by node. Comments are left out; of f-strings only what they fill in is kept."""
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            node.values = [part for part in node.values if isinstance(part, ast.FormattedValue)]
    leaves = (str, int, float, bool)
    return [
        str(part)
        for node in ast.walk(tree)
        for part in (type(node).__name__, *(value for _, value in ast.iter_fields(node) if isinstance(value, leaves)))
    ]


def same_code(english: str, russian: str) -> bool:
    """Tell whether two cells have the same code. Comments and Russian words may differ."""
    pairs = zip(statements(english), statements(russian), strict=True)
    return all(one == other or re.search("[а-яё]", other) for one, other in pairs)


def formulas(markdown: str) -> list[str]:
    """Return the formulas of a text.

    They are slanted, and no words; separators in numbers differ by language and are left out.
    """
    found = re.findall(r"(?<!\*)\*([^*\n]+)\*(?!\*)", markdown)
    plain = [re.sub(r"(?<=\d)[ ,.](?=\d)", "", one) for one in found]
    return sorted(one for one in plain if not re.fullmatch(r"[A-Za-zа-яё]{4,}", one))


def test_chapters_are_twins() -> None:
    """The chapters are twins. They have the same cells, code, formulas and heading levels."""
    english, russian = source("en").cells, source("ru").cells
    assert len(english) == len(russian)
    for one, other in zip(english, russian, strict=True):
        assert (one.cell_type, one.metadata) == (other.cell_type, other.metadata)
        if one.cell_type == "code":
            assert same_code(one.source, other.source), one.source
        else:
            levels = [re.findall(r"^#+(?= )", cell.source, flags=re.MULTILINE) for cell in (one, other)]
            assert levels[0] == levels[1]
            assert formulas(one.source) == formulas(other.source), one.source[:60]


@pytest.mark.parametrize("language", LANGUAGES)
def test_formulas_need_no_program_to_be_read(language: str) -> None:
    """Formulas are readable without a program.

    There is no TeX, which a page without a network would show as written; every sign of emphasis has its partner.
    """
    text = "\n".join(cell.source for cell in source(language).cells if cell.cell_type == "markdown")
    assert "$" not in text
    assert "\\frac" not in text
    page = markdown2html(text)
    assert "<em>H = max(Z, 0)</em>" in page
    assert "<em>p<sub>k</sub> = exp(s<sub>k</sub>) / Σ<sub>j</sub> exp(s<sub>j</sub>)</em>" in page
    shown = re.sub(r"<code>.*?</code>|<pre>.*?</pre>", "", page, flags=re.DOTALL)
    assert re.findall(r".{9}\*.{9}", shown) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_sections_come_in_the_order_of_the_course(language: str) -> None:
    """Eight numbered sections stand in the course's order. The first has the five parts of the theory."""
    text = "\n".join(cell.source for cell in chapter(language).cells if cell.cell_type == "markdown")
    numbers = re.findall(r"^#{2,3} (\d(?:\.\d)?)\.", text, flags=re.MULTILINE)
    assert numbers == ["1", "1.1", "1.2", "1.3", "1.4", "1.5", "2", "3", "4", "5", "6", "7", "8"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_cells_are_marked_for_nbgrader(language: str) -> None:
    """Cells are marked for nbgrader.

    Each stub has a solution cell, each check a locked cell with points, 100 in all; no id occurs twice.
    """
    marks = [cell.metadata["nbgrader"] for cell in source(language).cells if "nbgrader" in cell.metadata]
    ids = [mark["grade_id"] for mark in marks]
    assert len(set(ids)) == len(ids)
    assert [mark["grade_id"] for mark in marks if mark["solution"]] == ["net", "objective", "training"]
    graded = [mark for mark in marks if mark["grade"]]
    assert all(mark["locked"] and not mark["solution"] for mark in graded)
    of_category = dict(
        zip(
            ("net", "dropout", "objective", "training", "accuracy"),
            category_points(load_assignment()).values(),
            strict=True,
        )
    )
    points = {mark["grade_id"].removesuffix("-check"): mark["points"] for mark in graded}
    assert points == of_category == {"net": 20, "dropout": 15, "objective": 15, "training": 20, "accuracy": 30}


@pytest.mark.parametrize("language", LANGUAGES)
def test_students_get_no_hidden_tests_and_no_outputs(language: str) -> None:
    """A chapter has no hidden tests and no outputs. Its tests are those that students are given."""
    assert not any("HIDDEN TESTS" in cell.source for cell in source(language).cells)
    for released in (chapter(language), chapter(language, filled_in=True)):
        assert not any("HIDDEN" in cell.source or "### " in cell.source.split("\n")[0] for cell in code_of(released))
        assert not any(cell.outputs for cell in code_of(released))


def printed(cell: Any) -> str:
    """Return the text that a cell has written to stdout."""
    return "".join(output.text for output in cell.outputs if output.output_type == "stream")


def shown_texts(cell: Any) -> list[str]:
    """Return what a cell displays only as plain text. A progress bar is displayed so."""
    displayed = [output.data for output in cell.outputs if output.output_type == "display_data"]
    return [data["text/plain"] for data in displayed if set(data) == {"text/plain"}]


def test_chapter_runs_from_top_to_bottom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A solved chapter runs from top to bottom.

    It runs on small digits in place of MNIST, and brings six figures, a loss for each epoch and a good network.
    nbgrader gives all points of every check, in which the tests of `pytest student` run, and those of the accuracy by
    its bars.
    """
    write_tests(tmp_path)
    write_small_mnist(tmp_path / "perceptron-grader", repeats=2)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))  # the chapter's cache, which holds the small MNIST
    monkeypatch.delenv("GRADER_DATA_ROOT", raising=False)
    notebook = source("ru")
    Execute(timeout=CELL_SECONDS).preprocess(notebook, {"metadata": {"path": str(tmp_path)}})
    cells = code_of(notebook)
    figures = [output for cell in cells for output in cell.outputs if "image/png" in output.get("data", {})]
    assert len(figures) == 6
    assert not any(
        output.output_type == "error" or output.get("name") == "stderr" for c in cells for output in c.outputs
    )
    text = "\n".join(map(printed, cells))
    assert "\r" not in text, "a progress bar stays on the page"
    assert not any(re.search(r"\d/\d", str(bar)) for cell in cells for bar in shown_texts(cell))
    assert len(re.findall(r"всё верно", text)) == CHECKS - 1
    epochs = 1 + N_EPOCHS  # first run, real run
    assert len(re.findall(r"Epoch: \d+ Training Loss: \d+\.\d{6}\n", text)) == epochs
    assert len(re.findall(r"^Test Accuracy of \d: \d+% \(\d+/\d+\)$", text, flags=re.MULTILINE)) == 2 * 10
    first, final = (float(share) for share in re.findall(r"Test Accuracy \(Overall\): ([\d.]+)%", text))
    assert first > 50
    assert final > 95
    points = {cell.metadata.nbgrader.grade_id: determine_grade(cell) for cell in cells if is_grade(cell)}
    assert len(points) == CHECKS
    assert points.pop("accuracy") == (points_for(final / 100), 30)
    assert {name for name, (given, most) in points.items() if given != most} == set()


def points_for(accuracy: float) -> float:
    """Return the points of the last cell for `accuracy`."""
    (cell,) = (c for c in source("en").cells if c.metadata.get("nbgrader", {}).get("grade_id") == "accuracy")
    *statements, last = ast.parse(cell.source).body
    assert isinstance(last, ast.Expr)
    names = {"final_accuracy": accuracy}
    exec(compile(ast.Module(statements, []), "accuracy", "exec"), names)
    return eval(compile(ast.Expression(last.value), "accuracy", "eval"), names)


def test_accuracy_has_points_by_its_bars() -> None:
    """The accuracy has points by bars, each reached at its share."""
    shares = (0.0, 0.9499, 0.95, 0.9799, 0.98, 0.9899, 0.99, 1.0)
    assert list(map(points_for, shares)) == [0, 0, 10, 10, 18, 18, 30, 30]


BESIDE = """
import sys

from tqdm import tqdm, trange
{cell}
print("said", file=sys.stderr)
for epoch in trange(2):
    for batch in tqdm(range(4), leave=False, disable=None, mininterval=0):
        pass
    print("epoch", epoch)
print("said", "at last", file=sys.stderr)
"""


def test_bars_are_shown_in_one_place_and_all_else_is_printed() -> None:
    """A progress bar stays in one place, also within another. Other output on stderr is printed with all its lines."""
    (cell,) = (cell.source for cell in code_of(source("en")) if "class Bars" in cell.source)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(BESIDE.format(cell=cell))])
    notebook.metadata.kernelspec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    Execute(timeout=CELL_SECONDS).preprocess(notebook, {})
    (cell,) = notebook.cells
    assert printed(cell) == "said\nepoch 0\nepoch 1\nsaid at last\n"
    (bar,) = shown_texts(cell)
    assert "2/2" in bar


def test_second_row_shows_the_worst_mistakes() -> None:
    """The second row shows the worst mistakes.

    Right answers are green, wrong ones red; where no mistake is left there is no picture.
    """
    (cell,) = (cell.source for cell in code_of(source("en")) if "def show_answers" in cell.source)
    labels = torch.arange(500) % 10
    images = nn.functional.one_hot(labels, 784).float().view(-1, 1, 28, 28) * 5  # the first ten pixels are the scores
    for wrong, height in ((3, 7.0), (44, 9.0)):
        images[wrong, 0, 0, 8] = height
    names = {"torch": torch, "plt": plt, "DataLoader": DataLoader, "device": torch.device("cpu")}
    names |= {"model": Reader(), "test_data": TensorDataset(images, labels)}
    with plt.rc_context({"backend": "agg"}):
        exec(cell, names)
        panels = plt.gcf().axes
        plt.close()
    titles = [(panel.get_title(), panel.title.get_color()) for panel in panels if panel.get_title()]
    assert len(titles) == 8 + 2
    assert all((title[0] == title[3]) == (colour == "tab:green") for title, colour in titles)
    assert titles[8:] == [("8 (4)", "tab:red"), ("8 (3)", "tab:red")]


class Reader(nn.Module):
    """A network whose scores are an image's first ten pixels."""

    def forward(self, images: Tensor) -> Tensor:
        """Return scores (N, 10)."""
        return images.flatten(1)[:, :10]
