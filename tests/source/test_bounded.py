"""Hostile source costs a child seconds, the grader nothing."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from grader.errors import GraderFault
from grader.source.bounded import CPU_SECONDS, SMALL, TooComplex, check_parsing, slice_notebook
from tests.testing.handed_in import hint_of, notebook_bytes, write_files
from tests.testing.imports import MODULES, imports, part_of

ENDLESS = f'x = f"{"{1}" * 150_000}"\n'
"""A source that takes Python's parser very long, up to 3.13. The time grows with the square of its length."""
FILLING = "#" * SMALL


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="this Python parses it in half a second")
def test_a_source_without_end_is_given_up(tmp_path: Path) -> None:
    """A source that takes too long is given up. It may be in a module or a notebook; its author is told the reason."""
    (tmp_path / "a.ipynb").write_bytes(notebook_bytes("class Net: ...", ENDLESS))
    assert hint_of(tmp_path / "a.ipynb") == "intake/too-complex"
    # two modules, because Python 3.12 and later parse one just in time
    modules = {"net.py": "class Net: ...", **{f"extra{number}.py": ENDLESS for number in range(2)}}
    assert hint_of(write_files(tmp_path / "b", modules)) == "intake/too-complex"


def test_long_and_short_sources_are_treated_alike() -> None:
    """Long and short sources are treated alike. Long ones are parsed in a child, short ones here."""
    cells = ["x = 'ж\ud800'", "def (", "k = 1", "N_EPOCHS = k", "%time\nclass Net: ..."]
    here = slice_notebook(cells, 10)
    assert here == slice_notebook([*cells[:-1], f"{cells[-1]}\n{FILLING}"], 10)
    assert here["module"] == "# In[3]\nk = 1\n\n# In[4]\nN_EPOCHS = k\n\n# In[5]\nclass Net: ...\n"
    assert ([cell["cell"] for cell in here["unreadable"]], here["too_long"]) == ([1, 2], False)
    assert slice_notebook([FILLING, *["x = 1"] * 11], 10)["too_long"]
    for sources in ([b"x = '\xd0\xb6'", b"def ("], [b"x = '\xd0\xb6'", b"def (", FILLING.encode()]):
        check_parsing(sources)  # raises nothing: a syntax error is told at the import


def test_a_crowd_of_functions_ends_too() -> None:
    """Two thousand entangled functions take a bounded time. They are sliced, or given up."""
    calls = ";".join(f"f{number}" for number in range(90))
    crowd = "\n".join(f"def f{number}(): {calls}" for number in range(1990))
    try:
        assert len(slice_notebook([crowd, "train = f0"], 2000)["module"]) > SMALL
    except TooComplex:
        assert CPU_SECONDS < 10


@pytest.mark.parametrize("program", ["/nonexistent/python", "/bin/false"])
def test_a_child_that_does_not_work_is_our_fault(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that does not work is the grader's fault. It is never held against the source."""
    monkeypatch.setattr(sys, "executable", program)
    with pytest.raises(GraderFault):
        check_parsing([FILLING.encode() + b"#"])


def test_the_child_needs_the_standard_library_alone() -> None:
    """The child imports only the standard library. It starts faster without installed packages."""
    needed = {name.split(".")[0] for module in MODULES if part_of(module) == "source" for name, _ in imports(module)}
    assert needed <= sys.stdlib_module_names | {"grader"}
