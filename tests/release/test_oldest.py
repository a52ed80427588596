"""The student repository works with the oldest packages it allows.

Run it with an interpreter that has them, for instance one filled by
`uv pip install --resolution lowest-direct --python oldest-venv -e homework`:

    GRADER_OLDEST_PYTHON=oldest-venv/bin/python pytest tests/release/test_oldest.py --exhaustive
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from grader.release.repository import find_solutions, repository, student_folder
from tests.testing.chapters import LANGUAGES
from tests.testing.small_mnist import write_small_mnist

VARIABLE = "GRADER_OLDEST_PYTHON"
PYTHON = os.environ.get(VARIABLE, "")

pytestmark = [
    pytest.mark.exhaustive,
    pytest.mark.skipif(not PYTHON, reason=f"${VARIABLE} names no interpreter with the oldest packages"),
]


def oldest(folder: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the interpreter with the oldest packages in `folder`.

    It has no display, and none of this environment's packages.
    """
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTEST_ADDOPTS")}
    environment = {**kept, "MPLBACKEND": "agg", "PYTHONWARNINGS": "error::DeprecationWarning:student", **variables}
    return subprocess.run([PYTHON, *command], cwd=folder, env=environment, capture_output=True, text=True, check=False)


def released(folder: Path, *, filled_in: bool) -> Path:
    """Write the student repository into `folder`. It holds stubs, or the solution where `filled_in`."""
    solutions = find_solutions()
    student = student_folder(solutions, filled_in=filled_in)
    files = {**repository(solutions), **{f"student/{name}": content for name, content in student.items()}}
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    objective = folder / "student" / "objective.py"
    # the reference solution uses it for speed; old versions of torch have it for graphics cards only
    objective.write_text(objective.read_text(encoding="utf-8").replace(", fused=True", ""), encoding="utf-8")
    return folder


@pytest.fixture
def stubs(tmp_path: Path) -> Path:
    """A student repository as it is handed out."""
    return released(tmp_path, filled_in=False)


@pytest.fixture
def solved(tmp_path: Path) -> Path:
    """A student repository with the solution filled in."""
    return released(tmp_path, filled_in=True)


def test_these_are_the_oldest(stubs: Path) -> None:
    """The interpreter has exactly the oldest packages allowed."""
    named = tomllib.loads((stubs / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    floors = dict(re.fullmatch(r"([\w-]+)>=([\d.]+)", line).groups() for line in named if ">=" in line)
    assert len(floors) == 10
    code = "import json, sys; from importlib.metadata import version as v; print(json.dumps([*map(v, sys.argv[1:])]))"
    installed = dict(zip(floors, json.loads(oldest(stubs, "-c", code, *floors).stdout), strict=True))
    newer = {name for name in floors if not re.match(re.escape(floors[name]) + r"(\.0)*(\+\w+)?$", installed[name])}
    assert newer == set()


def test_stubs_are_told_what_to_write(stubs: Path) -> None:
    """Untouched stubs get four things to write. The tests have no fault, traceback or warning."""
    done = oldest(stubs, "-m", "pytest", "student", "--lang", "en")
    assert done.returncode == 1, done.stdout
    assert len(re.findall(r"^\d\. .* is not written yet", done.stdout, flags=re.MULTILINE)) == 4
    assert "4 failed, 1 passed" in done.stdout
    assert not re.search("stumbled|Traceback|warning", done.stdout + done.stderr)


def test_the_solution_passes(solved: Path) -> None:
    """The solution passes every quick test and the full run. That one trains on the digits."""
    done = oldest(solved, "-m", "pytest", "student", "--full", "--lang", "en", GRADER_DATA_ROOT=str(solved / "none"))
    assert done.returncode == 0, done.stdout
    assert "28 passed" in done.stdout
    assert "digits: accuracy 9" in done.stdout


@pytest.mark.parametrize(
    ("test", "file", "right", "wrong"),
    [
        ("training/own-gradient", "training.py", "optimizer.zero_grad()", "pass"),
        ("dropout/random-in-train", "net.py", "nn.Dropout(0.2),\n", "nn.Dropout(0.0),\n"),
        ("objective/fits-scores", "net.py", "return scores", "return scores.softmax(1)"),
    ],
)
def test_a_mistake_is_named(solved: Path, test: str, file: str, right: str, wrong: str) -> None:
    """A mistake is named as with the packages of today."""
    path = solved / "student" / file
    source = path.read_text(encoding="utf-8")
    assert right in source
    path.write_text(source.replace(right, wrong), encoding="utf-8")
    done = oldest(solved, "-m", "pytest", "student", "--lang", "en")
    assert done.returncode == 1
    assert f"1. [{test}]" in done.stdout, done.stdout


def test_commands_work(solved: Path) -> None:
    """The commands that draw or train work on the digits."""
    for command in (["look"], ["train", "--epochs", "1"], ["evaluate"], ["predictions"]):
        done = oldest(solved, "-m", "student", *command, "--dataset", "digits")
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
    drawn = {path.stem for path in (solved / "runs").glob("*.png")}
    assert drawn == {"digits", "pixels", "learning_curve", "confusion_matrix", "predictions"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_chapter_runs(solved: Path, language: str) -> None:
    """The cells of a chapter run from first to last. They train one epoch on small digits in place of MNIST."""
    write_small_mnist(solved / "mnist")
    cells = json.loads((solved / "student" / f"perceptron_{language}.ipynb").read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    short = re.sub(r"^N_EPOCHS = \d+", "N_EPOCHS = 1", code.replace(", fused=True", ""), flags=re.MULTILINE)
    assert "N_EPOCHS = 1\n" in short
    (solved / "chapter.py").write_text(short, encoding="utf-8")
    done = oldest(solved, "chapter.py", GRADER_DATA_ROOT=str(solved / "mnist"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Test Accuracy (Overall)") == 2
