"""The part of the grader that the visible tests run on: a few modules, and all that these import of the grader."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import grader

SOURCES = Path(grader.__file__).parent
_ROOTS = ("judge/marks.py", "judge/plugin.py", "worker/loader.py", "worker/probes/__init__.py", "worker/submission.py")
"""What the tests and `conftest.py` of the student repository import."""


def rewritten(source: str) -> str:
    """`source` with its imports of the grader turned to the copy in the student repository."""
    return re.sub(r"\bgrader\.(?=[a-z_]+)", "student._kit.", source)


def _imported(name: str, source: str) -> Iterator[str]:
    """The dotted names below `grader` that the module at `name` imports; a name may be that of a module or in one."""
    package = name.split("/")[:-1]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.level:
            above = package[: len(package) - node.level + 1]
            base = ".".join([*above, *filter(None, [node.module])])
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("grader."):
            base = (node.module or "").removeprefix("grader.")
        else:
            continue
        yield base
        yield from (f"{base}.{alias.name}" for alias in node.names)


def _file(module: str) -> str | None:
    """The path of `module` relative to the grader, None where it is none (but a name in one)."""
    path = module.replace(".", "/")
    return next((name for name in (f"{path}.py", f"{path}/__init__.py") if (SOURCES / name).is_file()), None)


def kit() -> dict[str, bytes]:
    """The modules, by path relative to the grader, imports rewritten."""
    files: dict[str, bytes] = {}
    queue = list(_ROOTS)
    while queue:
        name = queue.pop()
        if name in files:
            continue
        source = (SOURCES / name).read_text(encoding="utf-8")
        files[name] = rewritten(source).encode()
        queue += [found for module in _imported(name, source) if (found := _file(module))]
    packages = {parent.as_posix() for name in files for parent in Path(name).parents}
    for package in packages:
        files.setdefault((Path(package) / "__init__.py").as_posix(), b'"""Part of what the visible tests run on."""\n')
    return files
