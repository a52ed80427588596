"""People are told everything that is missing at once. It is told in the words of their own files.

Somebody who handed in a notebook is told of cells; nothing is ever said of the modules that the grader makes of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from grader.i18n import LANGUAGES, messages, translator
from grader.intake import discover
from grader.model import Result
from grader.report.escape import message
from grader.report.verdicts import hint_of
from tests.testing.corpus import Expectation, Sample
from tests.testing.grading import result_of, setup_for
from tests.testing.handed_in import notebook_bytes, write_files
from tests.testing.runs import HONEST_NET, HONEST_OBJECTIVE, TRAINING

NET, OBJECTIVE, TRAIN = HONEST_NET.strip(), HONEST_OBJECTIVE.strip(), TRAINING.strip()
WITHOUT_FORWARD_COLON = NET.replace("images):", "images)")


def indented(source: str) -> str:
    """Indent `source` for a block."""
    return "\n".join(f"    {line}" if line else "" for line in source.splitlines())


def graded(path: Path) -> Result:
    """Grade the submission at `path` by its probes."""
    (submission,) = discover([path])
    return result_of(setup_for(Sample(path, Expectation())), submission)


def told(result: Result, language: str = "en") -> list[str]:
    """Return the messages of the tests that failed."""
    judged = [test.verdict for test in result.tests if test.verdict.status not in ("passed", "blocked")]
    return [message(translator(language), *hint_of(verdict)) for verdict in judged]


def notebook(folder: Path, *cells: str) -> Result:
    """Grade a notebook with these cells."""
    (folder / "a.ipynb").write_bytes(notebook_bytes(*cells))
    return graded(folder / "a.ipynb")


def package(folder: Path, **files: str) -> Result:
    """Grade a right package with other contents of these modules. Empty ones are left out."""
    modules = {"net": NET, "objective": OBJECTIVE, "training": TRAIN} | files
    return graded(write_files(folder / "a", {f"{name}.py": text for name, text in modules.items() if text}))


RIGHT: dict[str, Sequence[str]] = {
    "plain": (NET, OBJECTIVE, TRAIN),
    "names below a guard": (NET, OBJECTIVE, f"if __name__ == '__main__':\n{indented(TRAIN)}\n    train(*range(6))"),
    "pip without a sign": (f"pip install torch\n{NET}", "pip install tqdm", OBJECTIVE, TRAIN),
    "written modules": (
        f"%%writefile net.py\n{NET}",
        f"%%writefile objective.py\n{OBJECTIVE}",
        f"from net import Net\n{TRAIN}",
    ),
    "a broken cell that nothing needs": (NET, "def (", OBJECTIVE, TRAIN),
}


@pytest.mark.parametrize("case", RIGHT)
def test_a_notebook_that_defines_the_names_is_right(tmp_path: Path, case: str) -> None:
    """A notebook that defines the names is right. Whatever Jupyter runs counts as run there."""
    assert told(notebook(tmp_path, *RIGHT[case])) == []


NOTEBOOKS: dict[str, tuple[Sequence[str], list[str]]] = {
    "all but the network": (
        (NET, "criterion = None\noptimizer = None\nn_epochs = 30", "model = Net()"),
        [
            "`make_criterion`, while `criterion` (code cell 2, line 1)",
            "`make_criterion()`",
            "`make_optimizer(model)`",
            "`BATCH_SIZE`",
            "`n_epochs` (code cell 2, line 3): rename it to `N_EPOCHS`",
            "`train`",
        ],
    ),
    "a syntax error": (
        (WITHOUT_FORWARD_COLON, OBJECTIVE, TRAIN),
        ["cannot read code cell 1, line 7: SyntaxError: expected ':': `def forward(self, images)`", "missing: Net."],
    ),
    "a syntax error and a missing name": (
        (WITHOUT_FORWARD_COLON, OBJECTIVE),
        ["code cell 1, line 7: SyntaxError", "missing: Net.", "code cells of the notebook: `train`."],
    ),
    "another class": (
        (NET.replace("Net(", "MyNet("), OBJECTIVE, TRAIN),
        ["`MyNet` (code cell 1, line 3)", "`Net = MyNet`"],
    ),
    "a name in a function": (
        (NET, OBJECTIVE, f"def main():\n{indented(TRAIN)}"),
        ["inside the function `main` (code cell 3"],
    ),
    "a name in a loop": ((NET, f"{OBJECTIVE}\ndel N_EPOCHS", TRAIN, "for N_EPOCHS in (1, 2): ..."), ["`N_EPOCHS`"]),
    "an import of a file": (
        (f"import mylayers\n{NET.replace('nn.F', 'mylayers.x, nn.F')}", OBJECTIVE, TRAIN),
        ["code cell 1, line 1: ModuleNotFoundError", "into a cell"],
    ),
    "an import that is missing": (
        (NET.replace("from torch import nn", ""), OBJECTIVE, TRAIN),
        ["NameError: name 'nn' is not defined at code cell 1, line 3: `class Net(nn.Module):`"],
    ),
    "an error in forward": (
        (NET.replace("self.layers(", "self.layer("), OBJECTIVE, TRAIN),
        ["at code cell 1, line 8: `return self.layer(images)`"],
    ),
    "an error in a written module": (
        (f"%%writefile net.py\n{NET.replace('self.layers(', 'self.layer(')}", OBJECTIVE, TRAIN),
        ["at code cell 1, line 9: `return self.layer(images)`"],
    ),
    "a syntax error in a written module": (
        (f"%%writefile net.py\n{WITHOUT_FORWARD_COLON}", OBJECTIVE, TRAIN),
        ["cannot read your code at code cell 1, line 8: SyntaxError"],
    ),
    "an error in train": (
        (NET, OBJECTIVE, "# text", f"%%time\n{TRAIN.replace('running = 0.0', 'runing = 0.0')}"),
        ["at code cell 4, line 14: `running += loss.item() * len(labels)`"],
    ),
    "a helper in a broken cell": (
        ("def scale(x)\n    return x", NET.replace("layers(images)", "layers(scale(images))"), OBJECTIVE, TRAIN),
        ["cannot read code cell 1, line 1: SyntaxError", "probably why: Your code stops", "NameError: name 'scale'"],
    ),
    "a stub": (
        (
            NET,
            OBJECTIVE,
            "def train(model, train_loader, criterion, optimizer, n_epochs, device):\n    raise NotImplementedError",
        ),
        ["(code cell 3, line 2)"],
    ),
    "other arguments": ((NET, OBJECTIVE, "def train(model): ..."), ["TypeError", "arguments in your cells with"]),
}


@pytest.mark.parametrize("case", NOTEBOOKS)
def test_a_notebook_is_told_of_its_cells(tmp_path: Path, case: str) -> None:
    """A notebook's author is told of cells and lines. No message mentions files, in either language."""
    cells, expected = NOTEBOOKS[case]
    result = notebook(tmp_path, *cells)
    english = " ".join(told(result))
    assert [text for text in expected if text not in english] == [], english
    for language in LANGUAGES:
        for text in told(result, language):
            assert not re.search(
                r"(net|objective|training|notebook_cells)\.py(?!\w)", text.replace("%%writefile net.py", "")
            ), text


PACKAGES: dict[str, tuple[dict[str, str], list[str]]] = {
    "several modules": (
        {
            "net": NET.replace("Net(", "MyNet("),
            "training": "# nothing",
            "objective": OBJECTIVE.replace("make_optimizer", "f"),
        },
        ["the class `MyNet` (net.py:3)", "`make_optimizer` in `objective.py`", "`train` in `training.py`"],
    ),
    "below a guard": (
        {"training": f"if __name__ == '__main__':\n{indented(TRAIN)}"},
        ['`train`, which is defined only under `if __name__ == "__main__":` (training.py:3): that part'],
    ),
    "in another module": (
        {"net": f"{NET}\n{TRAIN}", "training": "# above"},
        ["`train`, which belongs in `training.py`", "(net.py:10)"],
    ),
    "a module and a name": (
        {"objective": "", "training": "# nothing"},
        [
            "The file `objective.py` is missing, and with it make_criterion, make_optimizer",
            "BATCH_SIZE, N_EPOCHS",
            "`train` in",
        ],
    ),
    "a module under another name": (
        {"objective": "", "objective (1)": OBJECTIVE},
        ["`objective.py` is missing, but objective (1).py is there", "rename it to `objective.py`"],
    ),
    "a syntax error and a name": (
        {"net": WITHOUT_FORWARD_COLON, "training": "# nothing"},
        ["cannot read your code at net.py:7: SyntaxError", "`train` in `training.py`"],
    ),
}


@pytest.mark.parametrize("case", PACKAGES)
def test_a_package_is_told_all_at_once(tmp_path: Path, case: str) -> None:
    """One message lists all that three modules lack. It also says where its author may have put it."""
    files, expected = PACKAGES[case]
    first, *_ = told(package(tmp_path, **files))
    assert [text for text in expected if text not in first] == [], first


def test_every_kind_of_near_miss_has_its_words() -> None:
    """Every kind of near miss has its message. Some kinds `grader.source` tells, the others the judge adds."""
    texts = messages("en")
    seen = ("main", "function", "class", "loop", "elsewhere", "like", "letters", "network", "value")
    kinds = (*seen, "in-module", "in-cells")
    assert {f"missing/{kind}" for kind in kinds} == {hint for hint in texts if hint.startswith("missing/")}


def test_no_more_is_told_than_a_message_holds(tmp_path: Path) -> None:
    """Of many broken cells three are told. Those come first that seem to define what is missing."""
    (first,) = told(notebook(tmp_path, *["def (", "x ="] * 40, WITHOUT_FORWARD_COLON))
    assert "code cell 81, line 7" in first
    assert first.count("Python cannot read") == 3
