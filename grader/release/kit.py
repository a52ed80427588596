"""The part of the grader that the visible tests run on: a few modules, and all that these import of the grader.

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
    "worker/probes/__init__.py",
    "worker/submission.py",
)
"""What the tests and `conftest.py` of the student repository import."""
_README = Path(__file__).with_name("templates") / "kit" / "README.md"
_MARKER = '''\
"""A copy of a part of the grader, written by `grader release`: do not change it, see README.md in this folder."""
'''
_PART_MARKER = '"""Part of the copy, see README.md in the folder `_kit`."""\n'


def _imported(name: str, source: str) -> Iterator[str]:
    """The dotted names below `grader` that the module at `name` imports; a name may be that of a module or in one."""
    package = name.split("/")[:-1]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.level:
            above = package[: len(package) - node.level + 1]
            base = ".".join([*above, *filter(None, [node.module])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _file(module: str) -> str | None:
    """The path of `module` relative to the grader, None where it is none (but a name in one)."""
    path = module.replace(".", "/")
    return next((name for name in (f"{path}.py", f"{path}/__init__.py") if (SOURCES / name).is_file()), None)


def copied() -> dict[str, bytes]:
    """The modules of the grader that come along, by path relative to it, exactly as they are."""
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
    """All files of the copy by path relative to its folder: the modules, and what says that they are copies."""
    files = copied()
    packages = {parent.as_posix() for name in files for parent in Path(name).parents} - {"."}
    markers = {f"{package}/__init__.py": _PART_MARKER.encode() for package in packages}
    return {"__init__.py": _MARKER.encode(), "README.md": _README.read_bytes(), **markers, **files}
