"""The kit holds the grader's modules that visible tests import. It holds nothing else of the grader."""

from __future__ import annotations

import ast
from pathlib import Path

from grader.release.kit import SOURCES, copied, kit
from grader.release.notebook import to_notebook
from grader.release.visible import visible_part


def test_the_kit_is_a_verbatim_copy() -> None:
    """Modules of the kit are byte-for-byte copies. Its other files say that they belong to a copy."""
    files = kit()
    assert copied().items() <= files.items()
    assert {name: content for name, content in copied().items() if content != (SOURCES / name).read_bytes()} == {}
    others = files.keys() - copied().keys()
    assert {Path(name).name for name in others} == {"__init__.py", "README.md"}
    assert [name for name in others if b"copy" not in files[name]] == []


def test_every_import_of_the_kit_is_in_it() -> None:
    """The kit is complete, and imports nothing of the grader."""
    files = kit()
    for name in (name for name in files if name.endswith(".py")):
        for node in ast.walk(ast.parse(files[name])):
            if isinstance(node, ast.ImportFrom) and node.level:
                folder = Path(name).parents[node.level - 1]
                path = folder.joinpath(*(node.module or "").split(".")).as_posix()
                assert {f"{path}.py", f"{path}/__init__.py"} & set(files), f"{name} imports {node.module}"
            named = [node.module] if isinstance(node, ast.ImportFrom) else []
            named += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert "grader" not in {(module or "").split(".")[0] for module in named}, name


def test_the_kit_holds_no_part_that_judges_or_confines() -> None:
    """The kit has no part that judges or confines.

    Hidden tests, the sandbox, the codec and the accuracy probe stay with the grader.
    """
    names = set(kit())
    assert {"judge/plugin.py", "worker/probes/training.py", "protocol/observations.py", "verdict.py"} <= names
    assert not any(name.startswith(("hidden/", "sandbox/", "schedule/", "store/")) for name in names)
    kept_back = {
        "protocol/codec.py",
        "worker/confine/child.py",
        "worker/probes/accuracy.py",
        "judge/facts.py",
        "model.py",
    }
    assert not kept_back & names


MODULE = '''\
"""Tests."""

import math
import os
from grader.judge.marks import fail, visible

SEEN = 1
"""Used by a visible test."""

HIDDEN = 2


def check(value: int) -> None:
    if value != SEEN:
        fail("x/y")


@visible
def test_seen(loop: object) -> None:
    """Seen."""
    check(math.floor(1.5))


def test_hidden(loop: object) -> None:
    """Not seen."""
    os.abort()
    check(HIDDEN)
'''


def test_visible_part_is_cut_out_with_what_it_uses() -> None:
    """Visible tests are released with all that they use.

    Constants, functions and imports that only hidden tests use are left out.
    """
    part = visible_part(MODULE)
    assert part is not None
    assert "def test_seen" in part
    assert "def check" in part
    assert "SEEN = 1" in part
    assert "from student._kit.judge.marks import fail, visible" in part
    assert not any(word in part for word in ("test_hidden", "HIDDEN", "os", "Not seen"))
    assert visible_part('"""Nothing visible."""\n\n\ndef test_hidden() -> None: ...\n') is None


def test_a_notebook_has_the_same_bytes_each_time() -> None:
    """A notebook has the same bytes each time it is made. It has no random ids and no time."""
    script = "# %% [markdown]\n# # Title\n\n# %%\nx = 1\n\n# %%\nx = 1\n"
    assert to_notebook(script) == to_notebook(script)
    assert b'"outputs": []' in to_notebook(script)
