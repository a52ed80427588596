"""Copies the part of the grader that runs inside sandboxes: all of our code that one may see.

An ordinary installation has the hidden tests lying next to it, in the same folder of site-packages.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import grader

PACKAGES = ("linux", "protocol", "worker")
"""What of the grader runs inside a sandbox."""


def stage(folder: Path) -> None:
    """Fill an empty folder with what a worker imports of the grader, readable by everybody.

    Args:
        folder: to be put on the path inside.
    """
    source = Path(grader.__file__).parent
    (folder / "grader").mkdir()
    (folder / "grader" / "__init__.py").write_text("")
    for package in PACKAGES:
        shutil.copytree(source / package, folder / "grader" / package, ignore=shutil.ignore_patterns("__pycache__"))
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
