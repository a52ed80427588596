"""The two chapters: twins cell by cell, nbgrader sources, and executable from the first cell to the last."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbgrader.api import Gradebook

from grader.release.course import nbgrader_course
from grader.release.repository import find_solutions, student_folder
from grader.release.strip import DEFAULT_STUB
from solutions.objective import N_EPOCHS
from tests.testing.small_mnist import write_small_mnist

LANGUAGES = ("en", "ru")
CELL_SECONDS = 240  # a hang guard
CHECKS = 16
"""Cells that give points."""


def chapter(language: str, *, filled_in: bool = False) -> Any:
    """The notebook that students receive, or the one they hand in."""
    return nbformat.reads(
        student_folder(find_solutions(), filled_in=filled_in)[f"perceptron_{language}.ipynb"].decode(), as_version=4
    )


def source(language: str) -> Any:
    """The notebook that an instructor gives to nbgrader."""
    content = nbgrader_course(find_solutions())[f"source/perceptron_{language}/perceptron_{language}.ipynb"]
    return nbformat.reads(content.decode(), as_version=4)


def statements(code: str) -> list[str]:
    """The syntax of `code`, node by node, without comments, and of f-strings only what they put in."""
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
    """Whether two cells differ in nothing but comments and words that are Russian in one of them."""
    pairs = zip(statements(english), statements(russian), strict=True)
    return all(one == other or re.search("[а-яё]", other) for one, other in pairs)


def formulas(markdown: str) -> list[str]:
    """What stands between dollars, with words in it left out; the decimal comma of Russian is a point."""
    found = re.findall(r"\$\$?(.+?)\$\$?", markdown, flags=re.DOTALL)
    plain = [re.sub(r"\\text\{[^}]*\}", "", formula).replace("{,}", ".") for formula in found]
    return sorted(re.sub(r"\s+", " ", formula) for formula in plain)


def test_chapters_are_twins() -> None:
    """The same cells in the same order, the same code, the same formulas, the same headings' levels."""
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
def test_sections_come_in_the_order_of_the_course(language: str) -> None:
    """Eight numbered sections, the five parts of the theory inside the first."""
    text = "\n".join(cell.source for cell in chapter(language).cells if cell.cell_type == "markdown")
    numbers = re.findall(r"^#{2,3} (\d(?:\.\d)?)\.", text, flags=re.MULTILINE)
    assert numbers == ["1", "1.1", "1.2", "1.3", "1.4", "1.5", "2", "3", "4", "5", "6", "7", "8"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_cells_are_marked_for_nbgrader(language: str) -> None:
    """Each stub has a solution cell, each check a locked cell with points, 100 in all, and no id occurs twice."""
    marks = [cell.metadata["nbgrader"] for cell in source(language).cells if "nbgrader" in cell.metadata]
    ids = [mark["grade_id"] for mark in marks]
    assert len(set(ids)) == len(ids)
    assert [mark["grade_id"] for mark in marks if mark["solution"]] == ["net", "objective", "training"]
    graded = [mark for mark in marks if mark["grade"]]
    assert all(mark["locked"] and not mark["solution"] for mark in graded)
    points = dict.fromkeys((mark["grade_id"].partition("-")[0] for mark in graded), 0)
    for mark in graded:
        points[mark["grade_id"].partition("-")[0]] += mark["points"]
    assert points == {"net": 20, "dropout": 15, "objective": 15, "training": 20, "accuracy": 30}
    assert max(mark["points"] for mark in graded if mark["grade_id"] != "accuracy") <= 8, "a check for each thing"


@pytest.mark.parametrize("language", LANGUAGES)
def test_students_get_no_hidden_tests_and_no_outputs(language: str) -> None:
    """The source has three regions of hidden tests, what students receive none, nor any output."""
    assert sum("### BEGIN HIDDEN TESTS" in cell.source for cell in source(language).cells) == 3
    for released in (chapter(language), chapter(language, filled_in=True)):
        assert not any("HIDDEN" in cell.source or "### " in cell.source.split("\n")[0] for cell in code_of(released))
        assert not any(cell.outputs for cell in code_of(released))


def code_of(notebook: Any) -> list[Any]:
    """The code cells."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def environment(cache: Path) -> dict[str, str]:
    """Variables under which a chapter finds the data in `cache`, where it would download MNIST to."""
    here = {name: value for name, value in os.environ.items() if name != "GRADER_DATA_ROOT"}
    tools = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    return {**here, "XDG_CACHE_HOME": str(cache), "PATH": tools, "OMP_NUM_THREADS": "1"}


def printed(cell: Any) -> str:
    """What a cell has written to stdout."""
    return "".join(output.text for output in cell.outputs if output.output_type == "stream")


def test_chapter_runs_from_top_to_bottom(tmp_path: Path) -> None:
    """With the solution in place, on small digits in MNIST's place: five figures, a loss per epoch, a good network."""
    write_small_mnist(tmp_path / "perceptron-grader", repeats=2)
    notebook = chapter("ru", filled_in=True)
    client = NotebookClient(notebook, timeout=CELL_SECONDS, kernel_name="python3")
    client.execute(cwd=str(tmp_path), env=environment(tmp_path))
    cells = code_of(notebook)
    figures = [output for cell in cells for output in cell.outputs if "image/png" in output.get("data", {})]
    assert len(figures) == 5
    assert not any(
        output.output_type == "error" or output.get("name") == "stderr" for c in cells for output in c.outputs
    )
    text = "\n".join(map(printed, cells))
    epochs = 3 + 1 + N_EPOCHS  # checks, first run, real run
    assert len(re.findall(r"Epoch: \d+ Training Loss: \d+\.\d{6}\n", text)) == epochs
    assert len(re.findall(r"^Test Accuracy of \d: \d+% \(\d+/\d+\)$", text, flags=re.MULTILINE)) == 2 * 10
    first, final = (float(share) for share in re.findall(r"Test Accuracy \(Overall\): ([\d.]+)%", text))
    assert first > 50
    assert final > 95


def nbgrader(*arguments: str, cwd: Path, cache: Path) -> subprocess.CompletedProcess[str]:
    """Run nbgrader in a course."""
    return subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=cwd,
        env=environment(cache),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `grader release --nbgrader DIR` writes."""
    folder = tmp_path_factory.mktemp("nbgrader") / "course"
    done = subprocess.run(
        [sys.executable, "-m", "grader", "release", "--nbgrader", folder],
        cwd=find_solutions().parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.parametrize("language", LANGUAGES)
def test_nbgrader_generates_what_is_released(language: str, course: Path, tmp_path: Path) -> None:
    """`nbgrader generate_assignment` on the source gives the cells of the released notebook."""
    name = f"perceptron_{language}"
    done = nbgrader("generate_assignment", name, cwd=course, cache=tmp_path)
    assert done.returncode == 0, done.stderr
    generated = json.loads((course / "release" / name / f"{name}.ipynb").read_text(encoding="utf-8"))
    released = chapter(language).cells
    assert ["".join(cell["source"]) for cell in generated["cells"]] == [cell.source for cell in released]
    assert sum(DEFAULT_STUB in cell.source for cell in released) == 3
    for cell, ours in zip(generated["cells"], released, strict=True):
        theirs = cell["metadata"].get("nbgrader", {})
        assert {key: theirs.get(key) for key in ours.metadata.get("nbgrader", {})} == ours.metadata.get("nbgrader", {})


def test_nbgrader_validates_the_solved_notebook(course: Path, tmp_path: Path) -> None:
    """Every check passes with full points, the hidden ones too.

    The network is tested on images that it was trained on: how well it reads others is not the question here.
    """
    write_small_mnist(tmp_path / "perceptron-grader", repeats=4, seen_before=True)
    solved = course / "source" / "perceptron_en" / "perceptron_en.ipynb"
    done = nbgrader("validate", str(solved), cwd=course, cache=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Success! Your notebook passes all the tests." in done.stdout, done.stdout


def test_nbgrader_does_not_validate_stubs(course: Path, tmp_path: Path) -> None:
    """The released notebook fails its checks: a validation that passes means something."""
    write_small_mnist(tmp_path / "perceptron-grader")
    stubs = tmp_path / "stubs.ipynb"
    notebook = chapter("en")
    # the cells that train and test are left out: without a network they only say that it is missing
    notebook.cells = [cell for cell in notebook.cells if "nbgrader" in cell.metadata or "import torch" in cell.source]
    nbformat.write(notebook, stubs)
    done = nbgrader("validate", str(stubs), cwd=course, cache=tmp_path)
    assert f"VALIDATION FAILED ON {CHECKS} CELL(S)" in done.stdout, done.stdout + done.stderr


NOISE = """
    import logging, os, warnings
    warnings.warn("a warning")
    logging.getLogger("student").warning("a log")
    print("a print", file=sys.stderr)
    os.write(2, b"from C++")
"""


def solved() -> dict[str, str]:
    """The solution in each cell for one, by its id."""
    marked = [cell for cell in source("en").cells if cell.metadata.get("nbgrader", {}).get("solution")]
    return {
        cell.metadata["nbgrader"]["grade_id"]: re.sub(r"(?m)^ *### (?:BEGIN|END) SOLUTION\n?", "", cell.source)
        for cell in marked
    }


def noisy(solution: dict[str, str]) -> dict[str, str]:
    """The same with a bar as on the course page, warnings and more on stderr."""
    train = solution["training"].replace(", leave=False, file=sys.stdout, mininterval=1", "")
    begin = "    model.train()\n"
    assert 'in tqdm(train_loader, f"Epoch {epoch}"):' in train
    assert begin in train
    net = solution["net"].replace(
        "        scores = self.layers", NOISE.replace("    ", "        ") + "        scores = self.layers"
    )
    return {**solution, "net": net, "training": train.replace(begin, NOISE + begin)}


def hand_in(course: Path, student: str, filled_in: dict[str, str], **changed: str) -> None:
    """Submit the released notebook with these solutions, and with other cells changed or, where empty, deleted.

    The cells between, which train and show for minutes, are left out, and with them the accuracy.
    """
    notebook = nbformat.read(course / "release" / "perceptron_en" / "perceptron_en.ipynb", as_version=4)
    cells = []
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = {**filled_in, **changed}.get(name, cell.source)
        if cell.source and (name or "import torch" in cell.source):
            cells.append(cell)
    notebook.cells = cells
    folder = course / "submitted" / student / "perceptron_en"
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / "perceptron_en.ipynb")


def lost_in(course: Path) -> dict[str, dict[str, float]]:
    """The points that each student has lost by the gradebook, check by check, but for those of the accuracy."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "perceptron") as book:
        return {
            submission.student.id: {
                grade.name: grade.max_score - grade.auto_score
                for grade in submission.notebooks[0].grades
                if grade.auto_score < grade.max_score and grade.name != "accuracy"
            }
            for submission in book.assignment_submissions("perceptron_en")
        }


def test_nbgrader_grades_check_by_check(tmp_path: Path) -> None:
    """What is right has its points however much it writes to stderr; a mistake costs those of its own check alone.

    Whoever has changed a check is named, whoever has not is not: hidden tests are put back in silence.
    """
    course = tmp_path / "course"
    for name, content in nbgrader_course(find_solutions()).items():
        (course / name).parent.mkdir(parents=True, exist_ok=True)
        (course / name).write_bytes(content)
    done = nbgrader("generate_assignment", "perceptron_en", "--create", cwd=course, cache=tmp_path)
    assert done.returncode == 0, done.stderr
    right = solved()
    hand_in(course, "right", right)
    hand_in(course, "noisy", noisy(right))
    hand_in(course, "noisy-without-our-cell", noisy(right), stderr="")
    without_dropout = right["net"].replace("            nn.Dropout(0.2),\n", "")
    never_cleared = right["training"].replace("optimizer.zero_grad()", "pass")
    hand_in(course, "partly", {**right, "net": without_dropout, "training": never_cleared})
    hand_in(course, "changed", right, **{"net-scores": "pass"})
    hand_in(course, "untouched", {})
    done = nbgrader("autograde", "perceptron_en", "--create", cwd=course, cache=tmp_path)
    assert done.returncode == 0, done.stderr
    lost = lost_in(course)
    assert {name: lost[name] for name in ("right", "noisy", "noisy-without-our-cell", "changed")} == {
        "right": {},
        "noisy": {},
        "noisy-without-our-cell": {},
        "changed": {},
    }
    assert lost["partly"] == {"dropout-train": 8, "training-gradients": 5}
    assert sum(lost["untouched"].values()) == 70
    assert re.findall(r"'checksum' for cell ([\w-]+) has changed", done.stderr) == ["net-scores"]
