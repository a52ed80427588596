"""`check("net")` tests the cells that a notebook has run.

It prints points and messages, and says why where it cannot look.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from grader.i18n import messages
from tests.testing.chapters import LANGUAGES, chapter, write_tests
from tests.testing.checking import checked
from tests.testing.released import student_files

NET = """
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(784, 32), nn.ReLU(), nn.Dropout(0.2), nn.Linear(32, 10))

    def forward(self, images):
        return self.layers(images)
"""
OBJECTIVE = """
import torch
BATCH_SIZE, N_EPOCHS = 16, 1

def make_criterion():
    return torch.nn.CrossEntropyLoss()

def make_optimizer(model):
    return torch.optim.SGD(model.parameters(), lr=0.05)
"""
STUB = NET.replace("return self.layers(images)", 'raise NotImplementedError("TODO")')


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder with what students receive, as `student/`."""
    folder = tmp_path_factory.mktemp("release")
    for name, content in student_files().items():
        path = folder / "student" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


@pytest.fixture
def checking(release: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """Import the released module in a notebook that ran a stub. The module has a name that no other test imports."""
    package = release / "released_student"
    if not package.exists():
        package.symlink_to(release / "student")
    monkeypatch.syspath_prepend(str(release))
    found = importlib.import_module("released_student.checking")
    monkeypatch.setattr(found, "_SEEN", {})
    in_notebook(monkeypatch, ["", STUB, 'check("net")'])
    yield found
    for name in [name for name in sys.modules if name.startswith("released_student")]:
        del sys.modules[name]


def in_notebook(monkeypatch: pytest.MonkeyPatch, history: list[str], known: Sequence[str] = ()) -> None:
    """Let a notebook have run these cells, and know these names since."""
    manager = SimpleNamespace(input_hist_raw=history)
    hook = SimpleNamespace(prompt_count=len(history) - 1)
    shell = SimpleNamespace(history_manager=manager, displayhook=hook, user_ns=dict.fromkeys(known))
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))


def verdict(status: str, text: str = "", blocked_by: str | None = None) -> dict[str, Any]:
    """Return a verdict as the tests report it."""
    return {"status": status, "text": text, "blocked_by": blocked_by}


def test_points_and_sentences_are_printed(
    checking: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`check` prints points and messages.

    Each test has a line with points, a failed one its message below; tests run once for two parts of a file.
    """
    verdicts = {
        "objective/scalar-loss": verdict("passed"),
        "objective/fits-scores": verdict("failed", "No softmax, please."),
        "objective/falls": verdict("blocked", "…", "structure/builds"),
        "structure/builds": verdict("error", "Repair Net first."),
    }
    runs = []

    def tested(*arguments: object) -> Any:
        runs.append(arguments)
        return checking.Tested(verdicts)

    monkeypatch.setattr(checking, "_tested", tested)
    score = checking.check("objective", lang="en")
    assert (type(score), score) == (float, 2.0), "nbgrader takes nothing else for partial credit"
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == [messages("en")["student/check-first"], "    Repair Net first."]
    assert lines[2:5] == [
        "✓    2  The loss is one differentiable number",
        "✗  0/4  The loss fits what Net returns",
        "        No softmax, please.",
    ]
    assert lines[5] == "·  0/3  Better scores have a smaller loss (not tested yet)"
    assert lines[-1] == "Loss and optimizer: 2 of 15 points."
    checking.check("net", lang="en")
    checking.check("dropout", lang="en")
    assert len(runs) == 2, "`net` and `dropout` look at the same cells"
    verdicts |= {f"dropout/{name}": verdict("passed") for name in ("random-in-train", "off-in-eval", "switches")}
    verdicts |= {f"dropout/{name}": verdict("passed") for name in ("scaling", "not-on-scores")}
    capsys.readouterr()
    assert checking.speaking("по-русски")("dropout") == 15.0
    assert capsys.readouterr().out == "Dropout: всё верно. Пройдено тестов: 5, баллы: 15 из 15.\n"


@pytest.mark.parametrize(("language", "total"), [("en", "0.5 of 15"), ("ru", "0,5 из 15")])
def test_half_points_have_the_decimal_mark_of_the_language(
    language: str,
    total: str,
    checking: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In the line of each test and in the sum, where a course has half points."""
    about = json.loads((checking.FOLDER / "_kit" / "about.json").read_text(encoding="utf-8"))
    tests = [test for test in about["points"] if test.startswith("objective/")]
    points = {test: 14.5 if test == tests[-1] else 0.0 for test in tests} | {tests[0]: 0.5}
    verdicts = {test: verdict("passed" if test == tests[0] else "failed") for test in tests}
    monkeypatch.setattr(checking, "_read_json", lambda path: {**about, "points": points})
    monkeypatch.setattr(checking, "_tested", lambda *arguments: checking.Tested(verdicts))
    assert checking.check("objective", lang=language) == 0.5
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"✓  {total[:3]}  ")
    assert any(line.startswith(f"✗ 0/14{total[1:3]}  ") for line in lines)
    assert total in lines[-1]


def test_a_run_without_results_says_why_and_no_more(
    checking: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run without results says why, and no more. No list of waiting tests is printed, and long lines are wrapped."""
    told = " ".join(["It has crashed."] * 9)
    monkeypatch.setattr(checking, "_tested", lambda *_: checking.Tested({}, told))
    assert checking.check("net", lang="en") == 0.0
    *lines, points = capsys.readouterr().out.splitlines()
    assert " ".join(lines) == told
    assert max(map(len, lines)) <= 100
    assert points == "Structure: 0 of 20 points."


def test_what_is_in_the_way_is_one_line(
    checking: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An obstacle is told in one line.

    It may be an unknown part, a missing package, missing tests or no notebook; there are no points.
    """

    def line() -> str:
        printed = capsys.readouterr().out
        assert printed.count("\n") == 1
        return printed

    assert checking.check("nett", lang="en") == 0.0
    assert '"net", "dropout", "objective", "training"' in line()
    assert checking.check(lang="en") == 0.0
    assert '"net", "dropout", "objective", "training"' in line()
    with monkeypatch.context() as patched:
        patched.setattr(importlib.util, "find_spec", lambda name: None if name == "sklearn" else object())
        assert checking.check("net", lang="en") == 0.0
    assert "%pip install scikit-learn\n" in line()
    with monkeypatch.context() as patched:
        patched.setattr(checking, "_BESIDE", (*checking._BESIDE, "deleted.py"))
        assert checking.check("net", lang="en") == 0.0
    assert "Copy it anew" in line()
    with monkeypatch.context() as patched:
        patched.setattr(checking, "FOLDER", checking.FOLDER.with_name("nowhere"))
        assert checking.check("net", lang="en") == 0.0
    assert "copy the folder `student`" in line()
    monkeypatch.delitem(sys.modules, "IPython")
    assert checking.check("net", lang="en") == 0.0
    assert "pytest student" in line()


def test_what_was_deleted_does_not_count(
    checking: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Until its cell is run again. A cell that failed before it came to the name has deleted nothing."""
    monkeypatch.setattr(checking, "_tested", lambda *arguments: checking.Tested({}, "It was tested."))
    in_notebook(monkeypatch, ["", NET, "x = 1\ndel x, Net", 'check("net")'])
    assert checking.check("net", lang="en") == 0.0
    assert capsys.readouterr().out.startswith("`Net` was deleted in this notebook (`del Net`). Run the cell")
    in_notebook(monkeypatch, ["", NET, "del Net", NET, 'check("net")'], known=["Net"])
    checking.check("net", lang="en")
    assert capsys.readouterr().out.startswith("It was tested.")
    in_notebook(monkeypatch, ["", f"1 / 0\n{NET}", "del x", 'check("net")'])
    checking.check("net", lang="en")
    assert capsys.readouterr().out.startswith("It was tested.")


def test_the_tests_have_what_they_import(
    checking: ModuleType, release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tests find what they import in the tested copy.

    It is made beside a chapter of nbgrader's course, and of what students receive.
    """
    write_tests(tmp_path / "course")
    for beside in (release, tmp_path / "course"):
        monkeypatch.setattr(checking, "FOLDER", beside / "student")
        package = tmp_path / beside.name / "copy" / "student"
        package.mkdir(parents=True)
        checking._lay_out({}, "training", package)
        conftest = (package / "conftest.py").read_text(encoding="utf-8")
        assert "from student import threads" in conftest
        imported = re.findall(r"^from (student[\w.]*) import (\w+)", conftest, flags=re.MULTILINE)
        for module, name in imported:
            path = package.parent.joinpath(*(f"{module}.{name}" if module == "student" else module).split("."))
            assert path.with_suffix(".py").is_file() or (path / "__init__.py").is_file(), path


def test_the_cells_that_a_notebook_has_run_are_looked_at(release: Path) -> None:
    """The last definition that a notebook has run is tested.

    It is told with the number beside its cell; a cell that could not be read is forgotten.
    """
    code = """
import json
from IPython.core.interactiveshell import InteractiveShell

shell = InteractiveShell.instance(history_length=10)
shell.history_manager.enabled = False
for cell in json.loads(input()):
    shell.run_cell(cell, store_history=True)
shell.run_cell('''
import json
from student import checking
for module in ("net", "objective"):
    files, found = checking.package_of_cells(checking._executed_cells(get_ipython()), module)
    print(json.dumps([{name: text.decode() for name, text in files.items()}, found["origins"], found["unreadable"]]))
''', store_history=True)
"""
    cells = ["class Net: first = 1", "class Net(:", "%reset -f", "x = 2\nclass Net: second = x", "def make_criterion(:"]
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=release,
        env={**os.environ, "PYTHONPATH": "", "IPYTHONDIR": str(release / "ipython")},
        input=json.dumps(cells),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    net, objective = (json.loads(line) for line in done.stdout.splitlines()[-2:])
    files, origins, unreadable = net
    assert "second = x" in files["notebook_cells.py"]
    assert "first" not in files["notebook_cells.py"]
    assert "notebook_cells" in files["net.py"]
    assert "raise NotImplementedError" in files["training.py"]
    assert [origin[1] for origin in origins] == [4, 4]
    assert unreadable == []
    assert [(cell["cell"], cell["names"]) for cell in objective[2]] == [(5, ["make_criterion"])]


def test_each_part_is_tested_by_itself(release: Path, tmp_path: Path) -> None:
    """Each part is tested by itself.

    Later parts that fail disturb nothing; a stub is told with its cell, a process that dies with its end.
    """
    dies = NET.replace("        return self", "        import os; os._exit(0)\n        return self")
    cases = [
        {"cells": [NET, "1 / 0\nBATCH_SIZE = later", "def train(:"], "module": "net", "lang": "en"},
        {"cells": [STUB, OBJECTIVE], "module": "objective", "lang": "ru"},
        {"cells": [dies], "module": "net", "lang": "en"},
    ]
    right, stub, dead = checked(release, cases, tmp_path)
    assert right.pop("ended") == ""
    assert {found["status"] for found in right.values()} == {"passed"}
    assert {test.partition("/")[0] for test in right} == {"structure", "dropout"}
    failed = {test: found["text"] for test, found in stub.items() if test != "ended" and found["status"] == "failed"}
    (told,) = set(failed.values())
    assert "`forward`" in told
    assert "в ячейке [1], строка 10" in told
    assert stub["objective/falls"]["status"] == "passed"
    assert dead["ended"] == messages("en")["outcome/crashed"]
    assert dead["structure/builds"]["status"] == "passed"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_chapter_finds_the_folder_that_it_is_in_or_beside(language: str, release: Path, tmp_path: Path) -> None:
    """A chapter finds the tests in its folder or beside it.

    Otherwise its first check says what is missing, and gives no points.
    """
    (cell,) = (c for c in chapter(language).cells if c.metadata.get("nbgrader", {}).get("grade_id") == "checks")
    code = f"import sys\nfrom pathlib import Path\n{cell.source}\ncheck()\n"
    code += "print([check('net'), getattr(check, 'keywords', None)])"
    said = {}
    for folder in (release, release / "student", tmp_path):
        command = [sys.executable, "-I", "-S", "-c", code]  # without installed packages, as a student may be
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
        said[folder] = done.stdout.splitlines()
    texts = messages(language)
    parts = texts["student/check-unknown"].format(parts='"net", "dropout", "objective", "training"')
    lines = [parts, texts["student/check-no-notebook"], f"[0.0, {{'lang': '{language}'}}]"]
    assert said[release] == said[release / "student"] == lines
    assert len(said[tmp_path]) == 3
    assert all("`student`" in line for line in said[tmp_path][:2])
    assert said[tmp_path][2] == "[0.0, None]"
