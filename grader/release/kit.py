"""The part of the grader that students receive.

The visible tests run on it: a few modules, and all that these import of the grader.

They are copied as they are. Therefore whatever can come along imports the rest of the grader relatively.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import grader

SOURCES = Path(grader.__file__).parent
_ROOTS = (
    "judge/cells.py",
    "judge/marks.py",
    "judge/places.py",
    "judge/plugin.py",
    "judge/seen.py",
    "judge/shortfall.py",
    "source/files.py",
    "source/package.py",
    "source/tasks.py",
    "worker/loader.py",
    "worker/partly.py",
    "worker/position.py",
    "worker/probes/__init__.py",
    "worker/submission.py",
)
"""Modules that the student repository imports. Its tests and `conftest.py` do."""
_README = Path(__file__).with_name("templates") / "kit" / "README.md"
_MARKER = '''\
"""A copy of a part of the grader, written by `grader release`: do not change it, see README.md in this folder."""
'''
_PART_MARKER = '"""Part of the copy, see README.md in the folder `_kit`."""\n'


def _imported(name: str, source: str) -> Iterator[str]:
    """Yield the modules of `grader` that one imports.

    The names are dotted; a name may be that of a module or in one.
    """
    package = name.split("/")[:-1]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.level:
            above = package[: len(package) - node.level + 1]
            base = ".".join([*above, *filter(None, [node.module])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _file(module: str) -> str | None:
    """Return the path of `module` in the grader. None where it is none (but a name in one)."""
    path = module.replace(".", "/")
    return next((name for name in (f"{path}.py", f"{path}/__init__.py") if (SOURCES / name).is_file()), None)


def copied() -> dict[str, bytes]:
    """Collect the modules that come along. They are exactly as they are, by path relative to the grader."""
    files: dict[str, bytes] = {}
    queue = list(_ROOTS)
    while queue:
        name = queue.pop()
        if name not in files:
            files[name] = (SOURCES / name).read_bytes()
            modules = _imported(name, files[name].decode())
            queue += [found for module in modules if (found := _file(module))]
    return files


def kit() -> dict[str, bytes]:
    """Collect all files of the copy.

    They are the modules, and what says that they are copies, by path relative to its folder.
    """
    files = copied()
    packages = {parent.as_posix() for name in files for parent in Path(name).parents} - {"."}
    markers = {f"{package}/__init__.py": _PART_MARKER.encode() for package in packages}
    return {"__init__.py": _MARKER.encode(), "README.md": _README.read_bytes(), **markers, **files}
