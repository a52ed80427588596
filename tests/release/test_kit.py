"""What the visible tests bring along of the grader: all that they import, nothing that is the grader's own."""

from __future__ import annotations

import ast

from grader.release.kit import kit
from grader.release.notebook import to_notebook
from grader.release.visible import visible_part


def test_every_import_of_the_kit_is_in_it() -> None:
    """No module names the grader, and each module of the kit that one imports came along."""
    files = kit()
    for name, content in files.items():
        for node in ast.walk(ast.parse(content)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("student._kit."):
                path = (node.module or "").removeprefix("student._kit.").replace(".", "/")
                assert {f"{path}.py", f"{path}/__init__.py"} & set(files), f"{name} imports {node.module}"
            assert not (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "grader"), name


def test_the_kit_holds_no_part_that_judges_or_confines() -> None:
    """Hidden tests, the sandbox, the protocol's codec and the accuracy probe stay with the grader."""
    names = set(kit())
    assert {"judge/plugin.py", "worker/probes/training.py", "protocol/observations.py", "model.py"} <= names
    assert not any(name.startswith(("hidden/", "sandbox/", "schedule/", "store/")) for name in names)
    assert not {"protocol/codec.py", "worker/confine/child.py", "worker/probes/accuracy.py", "judge/facts.py"} & names


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
    """Constants, functions and imports that only hidden tests use go with them."""
    part = visible_part(MODULE)
    assert part is not None
    assert "def test_seen" in part
    assert "def check" in part
    assert "SEEN = 1" in part
    assert not any(word in part for word in ("test_hidden", "HIDDEN", "os", "Not seen"))
    assert visible_part('"""Nothing visible."""\n\n\ndef test_hidden() -> None: ...\n') is None


def test_a_notebook_has_the_same_bytes_each_time() -> None:
    """A file that is compared must not change by itself: no random ids, no time."""
    script = "# %% [markdown]\n# # Title\n\n# %%\nx = 1\n\n# %%\nx = 1\n"
    assert to_notebook(script) == to_notebook(script)
    assert b'"outputs": []' in to_notebook(script)
