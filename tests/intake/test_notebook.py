"""Tests of notebooks as submissions. They show which statements count, which never run, and what package results."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from grader.intake import IntakeLimits
from grader.intake.notebook import read_sources
from grader.reading import Place
from grader.source.cells import Cell, cell_of
from grader.source.slicing import Statement, sliced, statements_of
from tests.testing.handed_in import hint_of, notebook_bytes, only, write_files

LIMITS = IntakeLimits()


def kept(*cells: str) -> list[str]:
    """The statements kept of a notebook with these cells."""
    return kept_of(notebook_bytes(*cells))


def kept_of(notebook: bytes) -> list[str]:
    """The statements kept of `notebook`."""
    read = [cell_of(number, source) for number, source in enumerate(read_sources(notebook, LIMITS), start=1)]
    statements = statements_of(cell for cell in read if isinstance(cell, Cell))
    return [kept.text for kept in sliced([one for one in statements if isinstance(one, Statement)])]


def printed_by(files: dict[str, bytes], folder: Path, code: str) -> str:
    """Run `code` in a new process; return what it prints. It can import a package `student` made of `files`."""
    # without __init__.py, an installed package of that name would be imported instead
    write_files(folder / "student", {"__init__.py": b"", **files})
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


WHOLE = (
    "%matplotlib inline\n!pip install -q torchvision\nimport math\nimport matplotlib.pyplot as plt",
    "class Base:\n    scale = math.pi\n\nclass Net(Base):\n    '''Reads.'''\n    def forward(self): return self.scale",
    "raise SystemExit('this cell downloads the data')\ntrain_set = download()\ntrain_loader = wrap(train_set)",
    "BATCH_SIZE, N_EPOCHS = 64, 20\nlr = 0.05\ndef make_criterion(): return abs\ndef make_optimizer(model): return lr",
    "def train(model, train_loader, criterion, optimizer, n_epochs, device):\n    return [model] * n_epochs",
    "model = Net()\nlosses = train(model, train_loader, None, None, N_EPOCHS, 'cpu')\nplt.plot(losses)",
)


def test_a_usual_notebook_becomes_a_package_that_imports(tmp_path: Path) -> None:
    """A usual notebook becomes a package that imports.

    All six names are there, though the notebook downloads, trains and draws at its top level.
    """
    (tmp_path / "alice.ipynb").write_bytes(notebook_bytes(*WHOLE))
    submission = only(tmp_path / "alice.ipynb")
    assert submission.name == "alice"
    assert set(submission.files) == {"net.py", "objective.py", "training.py", "notebook_cells.py"}
    shown = printed_by(
        dict(submission.files),
        tmp_path / "run",
        "from student import net, objective as o, training\n"
        "print(net.Net().forward(), o.BATCH_SIZE, o.N_EPOCHS, o.make_criterion()(-1), o.make_optimizer(0))\n"
        "print(training.train('m', 0, 0, 0, 2, 0))",
    )
    assert shown == "3.141592653589793 64 20 1 0.05\n['m', 'm']\n"


def test_only_what_the_names_rest_on_is_kept() -> None:
    """Only statements that the names rest on are kept.

    The unused import, the data, the model and the training are left out.
    """
    assert [text.split("\n")[0] for text in kept(*WHOLE)] == [
        "import math",
        "class Base:",
        "class Net(Base):",
        "BATCH_SIZE, N_EPOCHS = 64, 20",
        "lr = 0.05",
        "def make_criterion(): return abs",
        "def make_optimizer(model): return lr",
        "def train(model, train_loader, criterion, optimizer, n_epochs, device):",
    ]


def test_every_statement_says_which_cell_it_is_from(tmp_path: Path) -> None:
    """Every statement names its cell. Numbers count all code cells, so that a traceback can be read."""
    (tmp_path / "a.ipynb").write_bytes(notebook_bytes("show(1)", "x = 1\nclass Net: y = x"))
    assert only(tmp_path / "a.ipynb").files["notebook_cells.py"].decode() == (
        "# In[2]\nx = 1\n\n# In[2]\nclass Net: y = x\n"
    )


def test_a_missing_name_stays_missing(tmp_path: Path) -> None:
    """A missing name stays missing, but the modules import."""
    (tmp_path / "a.ipynb").write_bytes(notebook_bytes("class Net: ...\nBATCH_SIZE = 8"))
    code = "from student import net, objective, training\nprint(hasattr(training, 'train'), objective.BATCH_SIZE)"
    assert printed_by(dict(only(tmp_path / "a.ipynb").files), tmp_path / "run", code) == "False 8\n"


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        pytest.param(["N_EPOCHS = 5", "N_EPOCHS = 40"], ["N_EPOCHS = 40"], id="the last definition wins"),
        pytest.param(
            ["N_EPOCHS = 5", "N_EPOCHS = N_EPOCHS * 4"],
            ["N_EPOCHS = 5", "N_EPOCHS = N_EPOCHS * 4"],
            id="unless it reads it",
        ),
        pytest.param(["N_EPOCHS = 5", "N_EPOCHS += 1"], ["N_EPOCHS = 5", "N_EPOCHS += 1"], id="augmented assignment"),
        pytest.param(
            ["k = 1", "N_EPOCHS = k", "k = 2", "k = 3"], ["k = 1", "N_EPOCHS = k"], id="the value at that time"
        ),
        pytest.param(
            ["k = 1", "def train(): return k", "k = 2"],
            ["def train(): return k", "k = 2"],
            id="a function reads the last",
        ),
        pytest.param(
            ["k = 1\ndef f(): return k", "N_EPOCHS = f()", "k = 2"],
            ["k = 1", "def f(): return k", "N_EPOCHS = f()"],
            id="unless it is called before",
        ),
        pytest.param(
            ["class Net: ...", "def forward(self): ...", "Net.forward = forward", "other.x = 1"],
            ["class Net: ...", "def forward(self): ...", "Net.forward = forward"],
            id="attributes assigned later",
        ),
        pytest.param(
            ["cfg = {}", "cfg['n'] = 3", "cfg['m']: int = 4", "N_EPOCHS = cfg['n']"],
            ["cfg = {}", "cfg['n'] = 3", "cfg['m']: int = 4", "N_EPOCHS = cfg['n']"],
            id="items assigned later",
        ),
        pytest.param(
            ["def twice(f): return f", "@twice\n# why\ndef train(): ..."],
            ["def twice(f): return f", "@twice\n# why\ndef train(): ..."],
            id="decorators",
        ),
        pytest.param(
            ["try:\n    import tqdm\nexcept ImportError:\n    tqdm = None", "def train(): tqdm"],
            ["try:\n    import tqdm\nexcept ImportError:\n    tqdm = None", "def train(): tqdm"],
            id="imports that may fail",
        ),
        pytest.param(
            ["def on(): ...", "def on(): return 0", "if on():\n    d = 1\nelse:\n    d = 2", "def train(): d"],
            ["def on(): return 0", "if on():\n    d = 1\nelse:\n    d = 2", "def train(): d"],
            id="conditions",
        ),
        pytest.param(
            ["N_EPOCHS = 2", "for N_EPOCHS in (1, 2): run(N_EPOCHS)", "while True: BATCH_SIZE = 1"],
            ["N_EPOCHS = 2"],
            id="loops never run",
        ),
        pytest.param(
            ["model = build()", "def train(model): return [m for model in model for m in model]"],
            ["def train(model): return [m for model in model for m in model]"],
            id="parameters and loop variables are no globals",
        ),
        pytest.param(
            [
                "a = 1",
                "b = 2",
                "class Net:\n    def f(self):\n        def g(): return a\n        return lambda: [b for _ in g()]",
            ],
            [
                "a = 1",
                "b = 2",
                "class Net:\n    def f(self):\n        def g(): return a\n        return lambda: [b for _ in g()]",
            ],
            id="globals in the depth",
        ),
        pytest.param(
            ["k = 3", "BATCH_SIZE = sum([k for _ in range(2)])"],
            ["k = 3", "BATCH_SIZE = sum([k for _ in range(2)])"],
            id="comprehensions run at once",
        ),
        pytest.param(
            ["history = []", "def train():\n    global history\n    history = [1]"],
            ["history = []", "def train():\n    global history\n    history = [1]"],
            id="declared globals",
        ),
        pytest.param(
            ["a = 1; BATCH_SIZE = 2; N_EPOCHS = a"], ["a = 1", "BATCH_SIZE = 2", "N_EPOCHS = a"], id="one line"
        ),
        pytest.param(["'ж'; BATCH_SIZE = 'ж'; b = 2"], ["BATCH_SIZE = 'ж'"], id="one line beyond ASCII"),
        pytest.param(["train: int", "train = print"], ["train = print"], id="a mere annotation"),
        pytest.param(["from torch.nn import *", "class Net: ..."], ["class Net: ..."], id="a star import without need"),
        pytest.param(
            ["from torch.nn import *", "class Net(Module): ..."],
            ["from torch.nn import *", "class Net(Module): ..."],
            id="a star import in need",
        ),
    ],
)
def test_the_slice(cells: list[str], expected: list[str]) -> None:
    """The slice keeps the statements that a name rests on. They stay in the notebook's order."""
    assert kept(*cells) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("if __name__ == '__main__':\n    def train():\n        return 1", ["train"]),
        ("if '__main__' == __name__:\n\tN_EPOCHS = 1\n\trun()", ["N_EPOCHS"]),
        ("if __name__ == '__main__': N_EPOCHS = 1; BATCH_SIZE = 2", ["N_EPOCHS", "BATCH_SIZE"]),
        (
            "if __name__ == '__main__':\n if __name__ == '__main__':\n  if x:\n   train = 1\n  else:\n   train = 2",
            ["train"],
        ),
        ("x = 'ж'\nif __name__ == '__main__':\n  @x\n  # why\n  def train():\n    '''\nкак\n'''", ["x", "train"]),
        ("if __name__ != '__main__':\n    train = 1", ["train"]),
    ],
)
def test_what_stands_below_a_guard_counts(cell: str, expected: list[str]) -> None:
    """Statements below a `__main__` guard count.

    In a notebook `__name__` is "__main__"; their text and their effect stay the same.
    """
    read = cell_of(1, cell)
    assert isinstance(read, Cell)
    statements = [one for one in statements_of([read]) if isinstance(one, Statement)]
    assert [name for one in sliced(statements) for name in sorted(one.binds, reverse=True)] == expected
    for one in sliced(statements):
        assert all(line in cell for line in one.text.split("\n")[one.added + 1 :])
        compile(one.text, "cell", "exec")


WRITTEN = (
    "!mkdir -p student",
    "%%writefile student/net.py\nfrom .parts import Base\n\nclass Net(Base): ...",
    "%%writefile student/parts.py\nclass Base: name = 'written'",
    "%%writefile -a student/parts.py\n\nRATE = 1 / 0",
    "from student.net import Net\nimport matplotlib\nN_EPOCHS = 3",
    "%%file student/objective.py\nBATCH_SIZE = 4\ndef make_criterion(): return abs",
    "def make_optimizer(model): return Net\ndef train(): return 1",
)


def test_cells_that_write_modules_are_these_modules(tmp_path: Path) -> None:
    """A cell that writes a module becomes that module.

    `%%writefile net.py` is one; what other cells define for the contract is added to it.
    """
    (tmp_path / "a.ipynb").write_bytes(notebook_bytes(*(cell.replace("1 / 0", "1") for cell in WRITTEN)))
    submission = only(tmp_path / "a.ipynb")
    modules = {"net.py", "parts.py", "objective.py", "training.py", "notebook_cells.py"}
    assert submission.files.keys() == modules
    code = (
        "from student import net, objective as o, parts, training\n"
        "print(net.Net.name, parts.RATE, o.BATCH_SIZE, o.N_EPOCHS, o.make_criterion()(-1), training.train())\n"
        "print(o.make_optimizer(0) is net.Net)"
    )
    assert printed_by(dict(submission.files), tmp_path / "run", code) == "written 1 4 3 1 1\nTrue\n"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("net.py", "net.py"),
        ("./net.py", "net.py"),
        ("'net.py'", "net.py"),
        ("/content/hw/net.py", "net.py"),
        ("hw/net.py", "net.py"),
        ("/content/hw/blocks/res.py", "blocks/res.py"),
        ("hw/../../net.py", "net.py"),
        ("/etc/other.py", "other.py"),
    ],
)
def test_written_modules_lie_beside_each_other(tmp_path: Path, path: str, expected: str) -> None:
    """Modules that cells write lie beside each other.

    The package is where the contract's modules are, and nothing leads out of it.
    """
    other = "/content/hw/training.py" if path.startswith("/content") else "training.py"
    cells = [f"%%writefile {other}\ndef train(): ...", f"%%writefile {path}\nclass Net: ..."]
    (tmp_path / "a.ipynb").write_bytes(notebook_bytes(*cells))
    assert b"class Net: ..." in only(tmp_path / "a.ipynb").files[expected]


def test_every_line_is_known_by_its_cell(tmp_path: Path) -> None:
    """Every line is known by its cell.

    It may be of the slice, a written module or an appended part, behind magics or below guards.
    """
    cells = (
        *WRITTEN,
        "%%time\n\n# a\ndef train():\n    return 1",
        "if __name__ == '__main__':\n    @x\n    def make_optimizer(m):\n        return 2",
        "from __future__ import annotations\nx = print",
    )
    (tmp_path / "a.ipynb").write_bytes(notebook_bytes(*cells))
    submission = only(tmp_path / "a.ipynb")

    def placed(file: str, text: str) -> tuple[int, int]:
        line = submission.files[file].decode().split("\n").index(text) + 1
        place = submission.reading.place_of(file, line)
        return place.cell, place.line

    assert placed("net.py", "class Net(Base): ...") == (2, 4)
    assert placed("parts.py", "class Base: name = 'written'") == (3, 2)
    assert placed("parts.py", "RATE = 1 / 0") == (4, 3)
    assert placed("notebook_cells.py", "    return 1") == (8, 5)
    assert placed("notebook_cells.py", "        return 2") == (9, 4)
    assert placed("notebook_cells.py", "from __future__ import annotations") == (10, 1)
    assert submission.reading.place_of("other.py", 3) == Place("other.py", 3)


@pytest.mark.parametrize(
    "line", ["from student.net import Net", "import student", "from net import Net", "from . import net"]
)
def test_the_package_that_the_notebook_stands_in_for_is_not_imported(tmp_path: Path, line: str) -> None:
    """A name imported from the package itself counts as missing.

    The notebook stands in for the package, and would import it from within itself.
    """
    (tmp_path / "a.ipynb").write_bytes(notebook_bytes(line, "N_EPOCHS = 3\ndef train(): Net"))
    code = "from student import net, objective\nprint(hasattr(net, 'Net'), objective.N_EPOCHS)"
    assert printed_by(dict(only(tmp_path / "a.ipynb").files), tmp_path / "run", code) == "False 3\n"


def test_future_imports_stay_on_top(tmp_path: Path) -> None:
    """A `from __future__` import comes first, as Python demands."""
    (tmp_path / "a.ipynb").write_bytes(
        notebook_bytes("class Net: ...", "from __future__ import annotations\nx: no = 1")
    )
    assert printed_by(dict(only(tmp_path / "a.ipynb").files), tmp_path / "run", "import student.net") == ""


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("%matplotlib inline\nN_EPOCHS = 1", ["N_EPOCHS = 1"]),
        ("%%time\nN_EPOCHS = 1", ["N_EPOCHS = 1"]),
        ("%%capture out\n!pip install x\nN_EPOCHS = 1", ["N_EPOCHS = 1"]),
        ("%%bash\nN_EPOCHS=1", []),
        ("%%writefile notes.txt\nN_EPOCHS = 1", []),
        ("pip install -q tqdm\nN_EPOCHS = 1", ["N_EPOCHS = 1"]),
        ("pip3 install a \\\n  b\nconda install c\ncd ..\nls\nls -la /\nN_EPOCHS = 1", ["N_EPOCHS = 1"]),
        ("load_ext autoreload\nautoreload 2\nmatplotlib inline\nN_EPOCHS = 1", ["N_EPOCHS = 1"]),
        (
            "!x\npip = 1\nls = cat, pip\nN_EPOCHS = pip.x + ls[0]",
            ["pip = 1", "ls = cat, pip", "N_EPOCHS = pip.x + ls[0]"],
        ),
        ("!ls 'unbalanced (\nN_EPOCHS = 1", ["N_EPOCHS = 1"]),
        ("!pip install a \\\n  b (c\nN_EPOCHS = 1", ["N_EPOCHS = 1"]),
        ("N_EPOCHS?\nN_EPOCHS = 1\n?print\nprint??", ["N_EPOCHS = 1"]),
        ("files = !ls\nbest = %timeit -o f()\nN_EPOCHS = 1", ["N_EPOCHS = 1"]),
        ("%load x\nN_EPOCHS = (7\n    % 4)", ["N_EPOCHS = (7\n    % 4)"]),
        ("%load x\nN_EPOCHS = 7 \\\n    % 4", ["N_EPOCHS = 7 \\\n    % 4"]),
        ('%load x\nN_EPOCHS = """\n!kept (\n% kept"""', ['N_EPOCHS = """\n!kept (\n% kept"""']),
        ("%load x\nN_EPOCHS = '(' # it's (\n!ls\nBATCH_SIZE = 1", ["N_EPOCHS = '('", "BATCH_SIZE = 1"]),
        ("def train():\n    %time f()\n    return 1", ["def train():\n    pass\n    return 1"]),
        (
            "if True:\n    !ls\nN_EPOCHS = 1\r\nBATCH_SIZE = 2\rtrain = 3",
            ["N_EPOCHS = 1", "BATCH_SIZE = 2", "train = 3"],
        ),
    ],
)
def test_lines_of_ipython_are_dropped(cell: str, expected: list[str]) -> None:
    """Magics, shell lines and help are dropped. Similar text inside an expression or a string stays."""
    assert kept(cell) == expected


@pytest.mark.parametrize(
    "broken",
    [
        "def (",
        "x = = 1",
        "return 1",
        "if 1: train = 2; return",
        "train = await x",
        "nonlocal x",
        "print 'two'",
        "x" + ".y" * 50_000,
        "train = " + "lambda:" * 900 + "1",
        "\0",
    ],
)
def test_a_cell_that_is_no_python_does_not_break_the_others(broken: str) -> None:
    """A broken cell does not break the others. It could not have run, so nothing that works rests on it."""
    assert kept("class Net: ...", broken, "N_EPOCHS = 3") == ["class Net: ...", "N_EPOCHS = 3"]


def test_a_source_may_be_a_string_or_lines_and_nbformat_may_be_3() -> None:
    """A cell's source may be a string or lines. The notebook may be of nbformat 3, the layout before 2014."""
    lines = notebook_bytes(["N_EPOCHS = 1\n", "BATCH_SIZE = 2"])
    assert len(kept_of(lines)) == 2
    old = json.dumps(
        {
            "worksheets": [{"cells": [{"cell_type": "code", "input": ["train = 1"], "language": "python"}]}],
            "nbformat": 3,
        }
    )
    assert kept_of(old.encode()) == ["train = 1"]
    assert len(read_sources(b"\xef\xbb\xbf" + lines, LIMITS)) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{",
        b'{"cells": 3}',
        b'{"cells": [{"cell_type": "code", "source": 3}]}',
        b'{"cells": [{"source": NaN, "cell_type": "code"}]}',
        b'{"cells": NaN}',
        b'{"cells": [NaN]}',
        b'{"cells": [NaN], "metadata": ' + b"[" * 100_000,
        b'{"cells": 3, "metadata": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        "{'cells': []}".encode("utf-16"),
        notebook_bytes("class Net: ...")[:-20],
    ],
)
def test_what_is_no_notebook_is_refused(tmp_path: Path, content: bytes) -> None:
    """A file that is no notebook is refused. It is damaged, of another shape, or nested without end."""
    (tmp_path / "a.ipynb").write_bytes(content)
    assert hint_of(tmp_path / "a.ipynb") == "intake/notebook-broken"


@pytest.mark.parametrize("cells", [[], ["print('hello')"], ["net = 1"], ["def f():\n    class Nets: ..."]])
def test_a_notebook_without_any_of_the_names_is_refused(tmp_path: Path, cells: list[str]) -> None:
    """A notebook without any of the names is refused. The message lists the names."""
    (tmp_path / "a.ipynb").write_bytes(notebook_bytes(*cells))
    problem = only(tmp_path / "a.ipynb").problem
    assert problem is not None
    assert problem.hint == "intake/notebook-no-names"
    assert str(problem.data["names"]) == "BATCH_SIZE, N_EPOCHS, Net, make_criterion, make_optimizer, train"


def test_cells_that_could_not_be_read_are_told(tmp_path: Path) -> None:
    """An unreadable cell is reported with its line and error. The names that it seems to define are, too."""
    cells = [
        "class Net(:\n    pass",
        "x = 1",
        "# In\ndef train() ...",
        "N_EPOCHS = 1; return",
        "print 'x'\ntrain(1)\na == 1",
    ]
    (tmp_path / "a.ipynb").write_bytes(notebook_bytes(*cells))
    submission = only(tmp_path / "a.ipynb")
    assert submission.problem is None
    told = [(cell.place.cell, cell.place.line, cell.code, cell.names) for cell in submission.reading.unreadable]
    assert told == [
        (1, 1, "class Net(:", ("Net",)),
        (3, 2, "def train() ...", ("train",)),
        (4, 1, "return", ()),
        (5, 1, "print 'x'", ()),
    ]
    assert submission.reading.unreadable[1].error == "SyntaxError: expected ':'"


@pytest.mark.parametrize(
    "output", ["NaN", "[-Infinity, 1]", r'"half \ud83d"', r'"\udfff\ud800"'], ids=["nan", "infinity", "half", "turned"]
)
@pytest.mark.parametrize("layout", ["cells", "worksheets"])
def test_json_that_bends_the_rules_is_read(tmp_path: Path, output: str, layout: str) -> None:
    """Unusual JSON is read. Programs write NaN and halves of emoji into outputs, and the code beside them is whole."""
    source = "source" if layout == "cells" else "input"
    cells = f'{{"cell_type": "code", "{source}": ["class Net: ...\\n", "k = 1"], "outputs": [{output}]}}'
    text = f'{{"cells": [{cells}]}}' if layout == "cells" else f'{{"worksheets": [{{"cells": [{cells}]}}]}}'
    (tmp_path / "a.ipynb").write_text(text)
    assert only(tmp_path / "a.ipynb").files["notebook_cells.py"] == b"# In[1]\nclass Net: ...\n"


def test_half_an_emoji_in_the_code_spoils_its_own_cell_alone(tmp_path: Path) -> None:
    """Half an emoji in code spoils only its own cell. Python cannot read that cell."""
    (tmp_path / "a.ipynb").write_bytes(notebook_bytes("x = '\ud83d'", "class Net: ..."))
    assert only(tmp_path / "a.ipynb").files["notebook_cells.py"] == b"# In[2]\nclass Net: ...\n"


def test_a_byte_order_mark_before_a_cell_is_no_part_of_it() -> None:
    """A byte order mark before a cell is dropped. Some editors leave one in what is pasted from them."""
    assert kept("\ufeffclass Net: ...", "\ufeff%time\nN_EPOCHS = 1") == ["class Net: ...", "N_EPOCHS = 1"]


def test_outputs_do_not_count_and_code_does(tmp_path: Path) -> None:
    """Outputs do not count towards the size, code does. A megabyte of pictures is fine, a megabyte of source is not."""
    notebook = tmp_path / "a.ipynb"
    notebook.write_bytes(notebook_bytes("class Net: ...", outputs="#" * 3_000_000))
    assert hint_of(notebook) is None
    assert hint_of(notebook, replace(LIMITS, notebook_bytes=notebook.stat().st_size)) is None
    assert hint_of(notebook, replace(LIMITS, notebook_bytes=1_000_000)) == "intake/notebook-too-large"
    notebook.write_bytes(notebook_bytes(f"N_EPOCHS = '{'#' * 600_000}'"))
    assert hint_of(notebook) == "intake/too-large"
    notebook.write_bytes(notebook_bytes(f"# {'#' * LIMITS.total_bytes}"))
    assert hint_of(notebook) == "intake/too-large"


@pytest.mark.filterwarnings("error")
def test_what_python_remarks_on_a_source_is_not_ours_to_print(tmp_path: Path) -> None:
    """Python's warnings about a source are not printed.

    An unknown escape or a comparison with `is` is not refused either.
    """
    (tmp_path / "a.ipynb").write_bytes(notebook_bytes("class Net: pattern = '\\d' is 3"))
    assert hint_of(tmp_path / "a.ipynb") is None


def test_a_notebook_without_end_is_refused(tmp_path: Path) -> None:
    """A notebook with too many statements is refused. It is no homework, and slicing it would take long."""
    (tmp_path / "a.ipynb").write_bytes(notebook_bytes("class Net: ...\n" * LIMITS.statements))
    assert hint_of(tmp_path / "a.ipynb") is None
    (tmp_path / "a.ipynb").write_bytes(notebook_bytes("class Net: ...", "x = 1\n" * LIMITS.statements))
    assert hint_of(tmp_path / "a.ipynb") == "intake/notebook-too-long"
