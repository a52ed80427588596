"""What `pytest student` reads of the three files without running them, and where it says that something is wrong."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from tests.testing.released import student_files
from tests.testing.warm import run_module

CHANGES = {
    "net.py": ("def forward", "def foward"),
    "objective.py": ("BATCH_SIZE =", "batch_size ="),
    "training.py": ("import torch\n", "import torch\nfrom net import Net\n"),
}
"""What is right in the solution, and what stands there instead, by file."""


def write(folder: Path, changes: Mapping[str, tuple[str, str]]) -> None:
    """Write the filled-in `student/` with these changes."""
    for name, content in student_files(filled_in=True).items():
        right, wrong = changes.get(name, ("", ""))
        assert right in content.decode(errors="replace")
        path = folder / "student" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.replace(right.encode(), wrong.encode(), 1))


def test_commands_find_modules_as_the_tests_do(tmp_path: Path) -> None:
    """`python -m student` finds modules by their names alone, as the graded run does."""
    write(tmp_path, {"training.py": CHANGES["training.py"]})
    done = run_module("student", "evaluate", "--dataset", "digits", folder=tmp_path, environment=os.environ)
    assert "train` first" in done.stderr, done.stderr


def test_places_are_the_student_s_own_and_near_misses_are_named(tmp_path: Path) -> None:
    """A name in another spelling is found, one's own modules are found by their names alone, our folder is no place."""
    write(tmp_path, CHANGES)
    printed = run_module(
        *("pytest", "student/test_structure.py", "-q", "-p", "no:cacheprovider", "-k", "loads or output_shape"),
        *("--lang", "en"),
        folder=tmp_path,
        environment={**os.environ, "PYTEST_ADDOPTS": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    ).stdout
    assert "`BATCH_SIZE`, which you probably call `batch_size` (objective.py:" in printed, printed
    assert "at net.py: `Net()(images)`" in printed
    assert "_kit/" not in printed
    assert "ModuleNotFoundError" not in printed
