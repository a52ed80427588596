"""`python -m student from-notebook` writes a notebook's parts to files. No work is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from grader.i18n import messages
from grader.release.repository import SUBMISSION_MODULES
from grader.source.files import modules_of
from tests.testing.corpus import Expectation, Sample
from tests.testing.grading import grade
from tests.testing.released import student_files

MODULES = ("net.py", "objective.py", "training.py")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a student's folder with a solved English chapter."""
    filled = student_files(filled_in=True)["perceptron_en.ipynb"]
    for name, content in {**student_files(), "perceptron_en.ipynb": filled}.items():
        path = tmp_path / "student" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "student"


def take(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a student does."""
    return subprocess.run(
        [sys.executable, "-m", "student", "from-notebook", "--lang", "en", *arguments],
        cwd=folder.parent,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_course_in_russian_is_answered_in_russian(tmp_path: Path) -> None:
    """A Russian release answers in Russian. The system's language counts less."""
    for name, content in student_files("ru").items():
        path = tmp_path / "student" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    command = [sys.executable, "-m", "student", "from-notebook"]
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(messages("ru")["student/notebook-unwritten"].partition("{")[0])


def texts(folder: Path) -> dict[str, str]:
    """Return the content of the three files."""
    return {name: (folder / name).read_text(encoding="utf-8") for name in MODULES}


def test_files_from_a_chapter_earn_what_the_chapter_earns(folder: Path, tmp_path: Path) -> None:
    """The files earn what their chapter earns. The notebook in which something is written is found."""
    done = take(folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        *(f"{name}: written" for name in MODULES),
        "These are your parts of perceptron_en.ipynb. Next: pytest student",
    ]
    only = tmp_path / "files"
    only.mkdir()
    for name in SUBMISSION_MODULES:
        (only / name).write_bytes((folder / name).read_bytes())
    graded = [grade(Sample(path, Expectation())) for path in (only, folder / "perceptron_en.ipynb")]
    assert [outcome.fault for outcome in graded] == [None, None]
    verdicts = [[(verdict.test, verdict.status) for verdict in outcome.verdicts] for outcome in graded]
    assert verdicts[0] == verdicts[1]
    assert {status for _, status in verdicts[0]} == {"passed"}


def test_no_work_is_lost(folder: Path) -> None:
    """A file with other work stops the command. With --force it is kept beside the new one, each time."""
    (folder / "net.py").write_text("mine = 1\n", encoding="utf-8")
    before = texts(folder)
    done = take(folder)
    assert done.returncode == 1
    assert "net.py" in done.stderr
    assert "objective.py" not in done.stderr
    assert "--force" in done.stderr
    assert texts(folder) == before, "all or nothing"
    assert "net.py: written; what it held before is in net.py.bak" in take(folder, "--force").stdout
    assert (folder / "net.py.bak").read_text(encoding="utf-8") == "mine = 1\n"
    assert take(folder).stdout.count("already like this") == 3
    with (folder / "net.py").open("a", encoding="utf-8") as file:
        file.write("more = 2\n")
    assert take(folder).returncode == 1, "changed since the command wrote it"
    take(folder, "--force")
    assert (folder / "net.py.bak").read_text(encoding="utf-8") == "mine = 1\n"
    assert (folder / "net.py.bak1").read_text(encoding="utf-8").endswith("more = 2\n")


def test_what_the_command_wrote_it_writes_again(folder: Path) -> None:
    """Files that the command wrote are replaced without --force."""
    take(folder)
    notebook = folder / "perceptron_en.ipynb"
    notebook.write_text(notebook.read_text(encoding="utf-8").replace("nn.Dropout(0.2)", "nn.Dropout(0.3)"), "utf-8")
    done = take(folder)
    assert done.stdout.splitlines()[:2] == ["net.py: written", "objective.py: already like this"]
    assert "Dropout(0.3)" in texts(folder)["net.py"]
    assert list(folder.glob("*.bak*")) == []


def cells(*sources: str) -> str:
    """Make a notebook of these code cells."""
    return json.dumps({"cells": [{"cell_type": "code", "source": source} for source in sources]})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "There is no notebook mine.ipynb"),
        ("{", "mine.ipynb cannot be read as a notebook"),
        (cells("class Net: ...", "BATCH_SIZE = N_EPOCHS = 1"), "`make_criterion`, `make_optimizer`, `train`"),
        (cells("class Net: ...", "x = 1\ndef train(:"), "code cell 2 cannot be read, line 2: SyntaxError"),
    ],
)
def test_what_is_missing_is_one_line(content: str | None, said: str, folder: Path) -> None:
    """A problem with the notebook is told in one line.

    It is missing or broken, lacks a name, or has a cell that is no Python; nothing is written.
    """
    if content is not None:
        (folder.parent / "mine.ipynb").write_text(content, encoding="utf-8")
    before = texts(folder)
    done = take(folder, "mine.ipynb")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert said in done.stderr
    assert texts(folder) == before


def test_the_notebook_has_to_be_named_where_none_or_several_are_begun(folder: Path) -> None:
    """A notebook must be named where none or several are begun."""
    (folder / "copy.ipynb").write_bytes((folder / "perceptron_en.ipynb").read_bytes())
    assert "copy.ipynb, perceptron_en.ipynb" in take(folder).stderr
    for name in ("copy.ipynb", "perceptron_en.ipynb"):
        (folder / name).unlink()
    assert "No part is written yet in: perceptron_ru.ipynb" in take(folder).stderr


def test_modules_hold_what_they_need_and_no_more() -> None:
    """Each module holds what it needs and no more.

    Imports and functions that two need stand in both; names of the assignment are imported.
    """
    found = modules_of(
        [
            "import torch\nfrom torch import nn\nprint('loaded')",
            "# as wide as it has to be\nWIDTH = 64\n\n\ndef block(n):\n    return nn.Linear(n, WIDTH)",
            "class Net(nn.Module):\n    def __init__(self):\n        self.first = block(784)",
            "class Net(nn.Module):\n    def __init__(self):\n        self.block = block(784)",
            "BATCH_SIZE, N_EPOCHS = 16, 2\nmodel = Net()\nmodel.cuda()",
            "def make_criterion():\n    return nn.NLLLoss()\ndef make_optimizer(net):\n    return torch.optim.SGD(net)",
            "def train(model, *rest):\n    return [block(BATCH_SIZE), Net]",
        ]
    )
    assert found["net"] == (
        "from torch import nn\n\n# as wide as it has to be\nWIDTH = 64\n\n\n"
        "def block(n):\n    return nn.Linear(n, WIDTH)\n\n\n"
        "class Net(nn.Module):\n    def __init__(self):\n        self.block = block(784)\n"
    )
    assert found["objective"].startswith("import torch\nfrom torch import nn\n\nBATCH_SIZE, N_EPOCHS = 16, 2\n\n\ndef")
    assert "Net" not in found["objective"]
    assert found["training"].startswith(
        "from torch import nn\n\nfrom .net import Net\nfrom .objective import BATCH_SIZE\n\n# as wide"
    )
    assert "class Net" not in found["training"]


def test_a_module_that_a_cell_writes_is_taken_as_it_is() -> None:
    """A module that a cell writes is taken as it is. What other cells define for it comes below."""
    found = modules_of(["%%writefile student/objective.py\nBATCH_SIZE = 8\n", "N_EPOCHS = 3"])
    assert found == {"net": "", "objective": "BATCH_SIZE = 8\n\n\nN_EPOCHS = 3\n", "training": ""}
